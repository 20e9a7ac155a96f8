// npm run report:schema: writes the JSON Schema of `weightfold report -o report.json` into docs/formats.
import fs from 'node:fs';
import { z } from 'zod';
import { reportDocument } from '../report/document.js';

const file = new URL('../../../../docs/formats/report.schema.json', import.meta.url);
fs.writeFileSync(file, `${JSON.stringify(z.toJSONSchema(reportDocument), null, 2)}\n`);
