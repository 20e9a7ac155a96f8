import path from 'node:path';
import type { Command } from 'commander';
import { untilSignal } from '../interrupt.js';
import { examples, wholeNumber } from '../options.js';
import type { Act } from '../registry.js';
import type { Result, Session } from '../session.js';

export function viewVerb(program: Command, act: Act): Command {
  const command = program
    .command('view')
    .summary('follow a running or finished run in the browser')
    .description(
      'Serves a page that shows a run folder as it grows: loss, accuracy, pruned weights, time left, finished stages. Only this ' +
        'machine reaches it, and only with the token in the address that is printed. Ctrl-C ends it.',
    )
    .argument('<dir>', 'a run folder of `weightfold optimize`')
    .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', wholeNumber(1))
    .action(act(view));
  return examples(command, 'weightfold view .weightfold/runs/demo');
}

async function view(session: Session, dir: string, options: { port?: number }): Promise<Result> {
  const { startView } = await import('@weightfold/bench/view');
  const { url, status, close } = await startView(dir, options);
  return {
    document: { dir: path.resolve(dir), url, status },
    text: url,
    after: async () => {
      session.note('Following the run; Ctrl-C ends the page.');
      await untilSignal();
      await close();
    },
  };
}
