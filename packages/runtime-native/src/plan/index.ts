export { opProfiles, type ProfiledOp, profiledOps } from '../profile.js';
export { encodePlan } from './encode.js';
export { type LowerOptions, lower } from './lower.js';
export type { OpKind, Plan, PlanOp, PlanTensor, PlanType, RoundingMode } from './plan.js';
