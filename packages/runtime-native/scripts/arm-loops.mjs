#!/usr/bin/env node
// npm run arm:loops: the loops of products of the kernels for Arm, as LLVM's models of cores see them (llvm-mca): cycles of a round when
// all loads hit the nearest cache, and multiply-accumulates per cycle. For each kernel, the loop with most products.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageDir } from './build-native.mjs';
import { works } from './cross.mjs';
import { loopsOf, outputOf } from './loops.mjs';

const kernels = path.join(packageDir, 'build/aarch64-linux-gnu/CMakeFiles/kernels.dir/native/kernels');
const families = {
  conv: ['neon', 'dotprod', 'i8mm'],
  depthwise: ['neon', 'dotprod'],
  fully_connected: ['neon', 'dotprod'],
};
// Of LLVM's models, those nearest to the cores of a Raspberry Pi 4 and 5, one that executes in order, as that of a Pi 3 does, and one with
// products of matrices. The first is of a core without dot product.
const cores = {
  'cortex-a57': ['neon'],
  'neoverse-n1': ['neon', 'dotprod'],
  'cortex-a55': ['neon', 'dotprod'],
  'neoverse-n2': ['i8mm'],
};
const products = { sdot: 16, smmla: 32, smull: 8, smlal: 8 };

function productsOf(loop) {
  return loop.reduce((sum, text) => sum + (products[/^(\w+?)2?\s/.exec(text)?.[1]] ?? 0), 0);
}

/** What llvm-mca says of a hundred rounds. */
function cyclesOf(loop, core) {
  const source = loop
    .map((text) =>
      text.replace(/\s+(\/\/.*|<.*)$/, '').replace(/^(b(?:\.\w+)?|[ct]bn?z.*,)\s+[0-9a-f]+$/, '$1 .'),
    )
    .join('\n');
  const args = ['-mtriple=aarch64', `-mcpu=${core}`, '-mattr=+dotprod,+i8mm', '-iterations=100'];
  const text = outputOf(
    'llvm-mca-19',
    [...args, '-instruction-info=0', '-resource-pressure=0'],
    `${source}\n`,
  );
  return Number(/^Total Cycles:\s+(\d+)$/m.exec(text)[1]) / 100;
}

if (!works('llvm-mca-19')) {
  console.error('The models of cores need llvm-mca-19: sudo apt-get install -y llvm-19');
  process.exit(1);
}
outputOf(process.execPath, [path.join(packageDir, 'scripts/build-runner.mjs'), 'aarch64']);
const objdump = os.machine() === 'aarch64' ? 'objdump' : 'aarch64-linux-gnu-objdump';
console.log(`${outputOf('llvm-mca-19', ['--version']).match(/LLVM version \S+/)[0]}\n`);
console.log(
  '| kernel | instructions | products | core | cycles | products per cycle |\n| --- | --- | --- | --- | --- | --- |',
);
for (const [family, versions] of Object.entries(families)) {
  for (const version of versions) {
    const object = path.join(kernels, family, `arm_${version}.cc.o`);
    if (!fs.existsSync(object)) throw new Error(`expected the object ${object}`);
    const loops = loopsOf(objdump, object, /^(sdot|smull|smmla)\b/).map(({ loop }) => loop);
    const largest = loops.reduce((a, b) => (productsOf(b) > productsOf(a) ? b : a));
    for (const core of Object.keys(cores).filter((name) => cores[name].includes(version))) {
      const [count, cycles] = [productsOf(largest), cyclesOf(largest, core)];
      const row = [
        `${family} ${version}`,
        largest.length,
        count,
        core,
        cycles.toFixed(1),
        (count / cycles).toFixed(1),
      ];
      console.log(`| ${row.join(' | ')} |`);
    }
  }
}
