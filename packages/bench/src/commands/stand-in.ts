// npm run board:stand-in: a board to try things on. A sshd on 127.0.0.1 whose commands run in an arm64 root under qemu.
// Options: --port N (2222), --cpu NAME of qemu (cortex-a76), --plain (commands run on this machine instead)
import { once } from 'node:events';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir } from '@weightfold/base';
import { startStandIn } from '../board/stand-in.js';
import { command, wholeNumber } from './command.js';

await command(async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '2222' },
      cpu: { type: 'string', default: 'cortex-a76' },
      plain: { type: 'boolean' },
    },
  });
  const kind = values.plain ? 'plain' : 'arm64';
  const board = await startStandIn(
    path.join(cacheDir(), `stand-in-${kind}`),
    kind,
    wholeNumber('port', values.port),
    values.cpu,
  );
  console.log(`The stand-in listens on 127.0.0.1:${values.port}; Ctrl-C ends it. In another terminal:\n`);
  console.log(`    export WEIGHTFOLD_SSH_CONFIG=${board.sshConfig}`);
  console.log(`    npx weightfold bench MODEL.tflite --host ${board.host}\n`);
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  await board.stop();
  return 0;
});
