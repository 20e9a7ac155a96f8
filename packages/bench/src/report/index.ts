export { readBench } from '../measure/compare.js';
export type { ReportDocument, Rival } from './document.js';
export { reportDocument } from './document.js';
export { reportCsv, reportJson, reportMarkdown } from './exports.js';
export { gatherReport } from './gather.js';
export { readRivals } from './inputs.js';
export { renderReport } from './report.js';
