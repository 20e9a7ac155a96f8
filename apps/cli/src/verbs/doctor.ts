import type { Command } from 'commander';
import { findNative, findTfjs } from '../doctor/backends.js';
import { findCache } from '../doctor/cache.js';
import { findNode } from '../doctor/node.js';
import { findRivals } from '../doctor/rivals.js';
import { findTools } from '../doctor/tools.js';
import { examples } from '../options.js';
import type { Act } from '../registry.js';
import type { Result } from '../session.js';
import { textTable } from '../table.js';

/** One thing that is missing or too old, and the command that mends it. */
export interface Problem {
  what: string;
  fix: string;
}

/** A line of the doctor: what was looked for, what was found, and the problem when it is not as it should be. */
export interface Finding {
  name: string;
  found: string;
  problem?: Problem | undefined;
}

export function doctorVerb(program: Command, act: Act): Command {
  const command = program
    .command('doctor')
    .summary('what is installed, what is missing, and how to mend it')
    .description(
      'Looks for Node, Python, compiler, native TensorFlow, the native addon, cached data and the optional rivals. ' +
        'For each missing thing it prints the command that mends it. The exit code is 0 also when something is missing: ' +
        'read `problems` of the JSON document.',
    )
    .action(act(diagnose));
  return examples(command, 'weightfold doctor', 'weightfold doctor --json');
}

async function diagnose(): Promise<Result> {
  const node = findNode();
  const tfjs = await findTfjs();
  const native = await findNative();
  const tools = findTools(!tfjs.document.installed && native.document.loaded);
  const cache = await findCache();
  const rivals = await findRivals();
  const findings = [node, ...tools, tfjs, native, cache, rivals].flatMap((part) => part.findings);
  const problems = findings.flatMap(({ problem }) => (problem ? [problem] : []));
  const document = {
    ok: problems.length === 0,
    node: node.document,
    tools: Object.fromEntries(tools.map((tool) => [tool.name, tool.document])),
    tfjs: tfjs.document,
    native: native.document,
    cache: cache.document,
    rivals: rivals.document,
    problems,
  };
  return { document, text: findingsText(findings, problems) };
}

function findingsText(findings: Finding[], problems: Problem[]): string {
  const rows = findings.map(({ name, found, problem }) => [problem ? '✗' : '✓', name, found]);
  const table = textTable([{ head: '' }, { head: 'what' }, { head: 'found' }], rows);
  if (problems.length === 0) return `${table}\n\nEverything is there.`;
  const fixes = problems.map(({ what, fix }) => `${what}\n    ${fix}`).join('\n');
  return `${table}\n\nTo mend:\n${fixes}`;
}
