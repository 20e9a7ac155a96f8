import fs from 'node:fs';
import { expect, it } from 'vitest';
import { benchJsonSchema } from './schema.js';

it('is what docs/formats/bench.schema.json publishes (npm run bench:schema writes it)', () => {
  const file = new URL('../../../../docs/formats/bench.schema.json', import.meta.url);
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual(benchJsonSchema());
});
