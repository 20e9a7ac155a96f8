import { expect, it } from 'vitest';
import { effortFor, longest } from './encode.js';

it('looks at few places in long data: at most 2^28 in all passes', () => {
  for (let length = 1; length <= longest; length *= 2) {
    for (const bytes of [length, length + 1]) {
      const { passes, depth } = effortFor(bytes);
      expect(passes * (depth.long + depth.short) * bytes).toBeLessThan(2 ** 28);
    }
  }
});
