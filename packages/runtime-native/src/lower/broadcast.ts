import type { OpContext } from '../plan/op-context.js';

/** Shape of a function of two tensors element by element: either is repeated along dimensions where it has size 1. */
export function broadcastShape(context: OpContext, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [sizeA, sizeB] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw context.unsupported('shapes cannot be broadcast', { received: `[${a}] and [${b}]` });
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}
