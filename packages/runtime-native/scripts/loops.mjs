// The innermost loops of compiled kernels, from a disassembly, for x86-64 and arm64.
import { spawnSync } from 'node:child_process';

/** What a program prints. @throws Error with what it said, when it fails */
export function outputOf(program, args, input = '') {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28, input };
  const { stdout, stderr, status, error } = spawnSync(program, args, options);
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `status ${status}: ${stderr.trim()}`}`);
}

/** Functions of an object: name and instructions, each with its address. */
function functions(objdump, object) {
  const list = [];
  for (const line of outputOf(objdump, ['-d', '--no-show-raw-insn', '-C', object]).split('\n')) {
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
    const target = /^(?:j\w+\s+|b(?:\.\w+)?\s+|[ct]bn?z\s+.*, )([0-9a-f]+) </.exec(text);
    const begin = target ? index.get(Number.parseInt(target[1], 16)) : undefined;
    return begin !== undefined && begin <= end ? [{ begin, end }] : [];
  });
  const inside = (a, b) => a !== b && a.begin >= b.begin && a.end <= b.end;
  return loops
    .filter((loop) => !loops.some((other) => inside(other, loop)))
    .map(({ begin, end }) => instructions.slice(begin, end + 1).map(({ text }) => text));
}

/** Innermost loops of an object with an instruction that begins with `mnemonic`: the function's name, the instructions' texts. */
export function loopsOf(objdump, object, mnemonic) {
  return functions(objdump, object).flatMap(({ name, instructions }) =>
    innermostLoops(instructions)
      .filter((loop) => loop.some((text) => mnemonic.test(text)))
      .map((loop) => ({ name, loop })),
  );
}
