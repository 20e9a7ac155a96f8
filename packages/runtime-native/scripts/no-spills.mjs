#!/usr/bin/env node
// Fails when an innermost loop of products keeps vectors on the stack: then the compiler has run out of registers where it must
// not.
//
//   node scripts/no-spills.mjs OBJDUMP OBJECT …
import path from 'node:path';
import { loopsOf } from './loops.mjs';

const [objdump, ...objects] = process.argv.slice(2);

/** Objects whose loops do nothing but multiply and add, their products, and vectors on the stack. */
const kinds = [
  { objects: /avx512vnni\.cc\.o/, products: /^vpdpbusd/, stack: /%zmm.*\(%r[sb]p[,)]|\(%r[sb]p[,)].*%zmm/ },
  {
    objects: /(conv|fully_connected)\/arm_\w+\.cc\.o/,
    products: /^(sdot|smull|smmla)\b/,
    stack: /\bq\d+,.*\[(sp|x29)\b/,
  },
];
let loops = 0;
const found = [];
for (const object of objects) {
  const kind = kinds.find((known) => known.objects.test(object));
  if (kind === undefined) continue;
  for (const { name, loop } of loopsOf(objdump, object, kind.products)) {
    loops++;
    const spills = loop.filter((text) => kind.stack.test(text));
    if (spills.length > 0) found.push(`${path.basename(object)}: ${name}\n    ${spills.join('\n    ')}`);
  }
}
for (const text of found) console.log(text);
console.log(`${loops} loops of products, ${found.length} with vectors on the stack`);
process.exit(found.length > 0 || loops === 0 ? 1 : 0);
