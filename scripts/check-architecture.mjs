#!/usr/bin/env node
// The rules of ARCHITECTURE.md that `turbo boundaries` cannot see. Each rule is a line of data: which files it looks at,
// what must not stand in them, and where it may stand all the same.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './setup/common.mjs';

const rules = [
  {
    rule: 'only packages/optimizer imports tfjs',
    files: /^(apps|base|datasets|formats|packages|rivals)\/.*\.(ts|mts|mjs)$/,
    forbidden: /(from|import|require)\s*\(?\s*['"]@tensorflow\//,
    except: /^packages\/optimizer\//,
  },
  {
    rule: 'only native/addon includes napi.h',
    files: /\.(cc|h|inc)$/,
    forbidden: /#include\s*[<"](napi|node_api|js_native_api)/,
    except: /^packages\/runtime-native\/native\/addon\//,
  },
  {
    rule: 'only formats/tflite knows the flatbuffers library',
    files: /^(apps|base|datasets|formats|packages|rivals)\/.*\.(ts|mts|mjs)$/,
    forbidden: /from\s*['"]flatbuffers/,
    except: /^formats\/tflite\//,
  },
  {
    rule: 'kernels and codecs allocate nothing',
    files: /^packages\/runtime-native\/native\/(kernels|codecs)\/.*\.(cc|h|inc)$/,
    forbidden: /\b(malloc|calloc|realloc)\s*\(|\bnew\s+\w|std::(vector|string|map|unique_ptr)\b/,
    except: /(_|\/)(test|bench)[^/]*$/,
  },
  {
    rule: 'only bench and the command line import @weightfold/rivals',
    files: /\.(ts|mts|mjs)$/,
    forbidden: /from\s*['"]@weightfold\/rivals/,
    except: /^(apps|packages\/bench|test-support)\//,
  },
  {
    rule: 'only tests import @weightfold/test-support',
    files: /\.(ts|mts|mjs)$/,
    forbidden: /from\s*['"]@weightfold\/test-support/,
    except: /\.test\.ts$|\/test\/|\/test-support\//,
  },
  {
    // Those of an emulator are none: base's startTimer, timeOrNull and expectHardware decide that. Excepted are what is measured behind
    // expectHardware, and clocks by which something waits or is shown.
    rule: 'times are told through @weightfold/base',
    files: /^(apps|base|datasets|formats|packages|rivals)\/.*\.ts$/,
    forbidden: /\b(performance\.now|process\.(hrtime|cpuUsage))\b/,
    except: new RegExp(
      [
        '\\.test\\.ts$|^base/src/(emulation|turns)\\.ts$',
        '^packages/bench/src/(measure|fuzz)/|^packages/bench/src/commands/(calls|fuzz|resume|steps)\\.ts$',
        '^packages/bench/src/(board/(connection|probe)|context/local)\\.ts$|^apps/cli/src/(slow-)?progress\\.ts$',
        '^packages/optimizer/src/run/stage-work\\.ts$',
      ].join('|'),
    ),
  },
  {
    rule: 'no TypeScript test is skipped or narrowed without a condition',
    files: /\.test\.ts$/,
    forbidden: /\b(it|test|describe)\.(skip|only|todo)\(/,
    except: /^$/,
  },
];

const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
});
const files = listed.stdout.split('\n').filter((file) => file && fs.existsSync(path.join(root, file)));
const found = [];
for (const { rule, files: pattern, forbidden, except } of rules) {
  for (const file of files.filter((name) => pattern.test(name) && !except.test(name))) {
    const lines = fs.readFileSync(path.join(root, file), 'utf8').split('\n');
    lines.forEach((line, index) => {
      if (forbidden.test(line.replace(/\/\/.*$/, '')))
        found.push(`${file}:${index + 1}: ${rule}: ${line.trim()}`);
    });
  }
}
// A relative import that leaves its package goes around the package's public exports.
const packageDir = (file) =>
  /^(base|datasets|rivals|test-support|(?:formats|packages|apps)\/[^/]+)\//.exec(file)?.[1];
for (const file of files.filter((name) => /\.ts$/.test(name) && packageDir(name))) {
  const home = packageDir(file);
  for (const [, target] of fs
    .readFileSync(path.join(root, file), 'utf8')
    .matchAll(/from\s+['"](\.\.?\/[^'"]+)['"]/g)) {
    const reached = path.posix.join(path.posix.dirname(file), target);
    if (!reached.startsWith(`${home}/`)) found.push(`${file}: relative import leaves its package: ${target}`);
  }
}
if (found.length > 0) {
  console.error(found.join('\n'));
  process.exit(1);
}
