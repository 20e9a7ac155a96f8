#!/usr/bin/env node
// Fails when an innermost loop of vpdpbusd (AVX-512) or vpmaddwd (AVX2) keeps vectors on the stack: then the compiler has run out
// of registers where it must not.
//
//   node scripts/no-spills.mjs OBJDUMP OBJECT …
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const [objdump, ...objects] = process.argv.slice(2);

/** Functions of an object: name and instructions, each with its address. */
function functions(object) {
  const args = ['-d', '--no-show-raw-insn', '-C', object];
  const { stdout, status, error } = spawnSync(objdump, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${objdump} ${args.join(' ')}: ${error?.message ?? `status ${status}`}`);
  const list = [];
  for (const line of stdout.split('\n')) {
    const start = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (start) list.push({ name: start[1], instructions: [] });
    const instruction = /^ +([0-9a-f]+):\t(.*)$/.exec(line);
    if (instruction)
      list.at(-1).instructions.push({ at: Number.parseInt(instruction[1], 16), text: instruction[2] });
  }
  return list;
}

/** Stretches that end in a jump back to their begin and hold no such stretch. */
function innermostLoops(instructions) {
  const index = new Map(instructions.map(({ at }, i) => [at, i]));
  const loops = instructions.flatMap(({ text }, end) => {
    const target = /^j\w+\s+([0-9a-f]+) /.exec(text);
    const begin = target ? index.get(Number.parseInt(target[1], 16)) : undefined;
    return begin !== undefined && begin <= end ? [{ begin, end }] : [];
  });
  const inside = (a, b) => a !== b && a.begin >= b.begin && a.end <= b.end;
  return loops
    .filter((loop) => !loops.some((other) => inside(other, loop)))
    .map(({ begin, end }) => instructions.slice(begin, end + 1));
}

const kinds = [
  { objects: /avx512vnni\.cc\.o/, multiply: 'vpdpbusd', register: '%zmm', loops: 0 },
  { objects: /kernels\/.*avx2\.cc\.o/, multiply: 'vpmaddwd', register: '%ymm', loops: 0 },
];
const found = [];

function check(object, kind) {
  const touchesStack = ({ text }) => text.includes(kind.register) && /\(%r[sb]p[,)]/.test(text);
  for (const { name, instructions } of functions(object)) {
    for (const loop of innermostLoops(instructions)) {
      if (!loop.some(({ text }) => text.startsWith(kind.multiply))) continue;
      kind.loops++;
      const spills = loop.filter(touchesStack);
      if (spills.length > 0)
        found.push(`${path.basename(object)}: ${name}\n    ${spills.map(({ text }) => text).join('\n    ')}`);
    }
  }
}

for (const object of objects) {
  for (const kind of kinds.filter((each) => each.objects.test(object))) check(object, kind);
}
for (const text of found) console.log(text);
for (const { multiply, loops } of kinds) console.log(`${loops} loops of ${multiply}`);
console.log(`${found.length} with vectors on the stack`);
process.exit(found.length > 0 || kinds.some(({ loops }) => loops === 0) ? 1 : 0);
