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
    objects: /kernels\/.*avx2\.cc\.o/,
    products: /^vpmaddwd/,
    stack: /%ymm.*\(%r[sb]p[,)]|\(%r[sb]p[,)].*%ymm/,
  },
  {
    objects: /(conv|fully_connected)\/arm_\w+\.cc\.o/,
    products: /^(sdot|smull|smmla)\b/,
    stack: /\bq\d+,.*\[(sp|x29)\b/,
  },
];
const found = [];
const blind = [];
for (const { objects: names, products, stack } of kinds) {
  const own = objects.filter((object) => names.test(object));
  let loops = 0;
  for (const object of own) {
    for (const { name, loop } of loopsOf(objdump, object, products)) {
      loops++;
      const spills = loop.filter((text) => stack.test(text));
      if (spills.length > 0) found.push(`${path.basename(object)}: ${name}\n    ${spills.join('\n    ')}`);
    }
  }
  if (own.length > 0) console.log(`${loops} loops of ${products.source} in ${own.length} objects`);
  if (own.length > 0 && loops === 0) blind.push(products.source);
}
for (const text of found) console.log(text);
for (const products of blind)
  console.log(`no loop of ${products} was found: the check does not see the kernels`);
console.log(`${found.length} loops with vectors on the stack`);
process.exit(found.length + blind.length > 0 ? 1 : 0);
