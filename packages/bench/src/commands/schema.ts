// npm run bench:schema: writes docs/formats/bench.schema.json from the schema in the source.
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@weightfold/base';
import { benchJsonSchema } from '../measure/schema.js';

const file = fileURLToPath(new URL('../../../../docs/formats/bench.schema.json', import.meta.url));
writeFileAtomic(file, `${JSON.stringify(benchJsonSchema(), null, 2)}\n`);
