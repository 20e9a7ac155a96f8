import fs from 'node:fs';
import { Command } from 'commander';
import { type Act, verbs } from './registry.js';
import { type CommonOptions, Session } from './session.js';

interface Package {
  version: string;
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(fs.readFileSync(file, 'utf8')) as Package).version;
}

const exitCodes = `Exit codes: 0 ok, 1 failure or damaged input, 2 usage or configuration,
3 a requirement was missed, 4 unsupported model or op, 5 device,
6 measurement not to be trusted, 130/143 after a signal.`;

/** Runs a handler with the session of its command and prints what it yields; errors go on to main. */
const act: Act =
  (handler) =>
  async (...args) => {
    const command = args.at(-1) as unknown as Command; // commander's last argument
    const session = new Session(command.name(), command.opts<CommonOptions>());
    const result = await handler(session, ...args);
    session.print(result);
    await result.after?.();
  };

/** The whole command line. It never calls process.exit: usage errors are thrown, as all others. */
export function createProgram(): Command {
  const program = new Command('weightfold')
    .description('Prune, cluster and quantize neural networks, pack them, run them, and report what it cost.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print the help of a verb')
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .exitOverride()
    .addHelpText('after', `\n${exitCodes}`);
  for (const define of verbs) {
    define(program, act)
      .option('--json', 'print one JSON document on stdout')
      .option('-q, --quiet', 'no progress and no remarks on stderr')
      .option('-v, --verbose', 'more details')
      .helpOption('-h, --help', 'print this help');
  }
  return program;
}
