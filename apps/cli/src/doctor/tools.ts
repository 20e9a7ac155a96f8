import { spawnSync } from 'node:child_process';
import type { Part } from './node.js';

interface Tool {
  name: string;
  /** Commands that answer to it, the first that works counts. */
  commands: string[][];
  why: string;
  debian: string;
  mac: string;
}

const tools: Tool[] = [
  {
    name: 'python3',
    commands: [['python3', '--version']],
    why: 'set-up of native TensorFlow, LiteRT and TFLite Micro as rivals',
    debian: 'python3',
    mac: 'brew install python@3.11',
  },
  {
    name: 'pip',
    commands: [['python3', '-m', 'pip', '--version']],
    why: 'set-up of native TensorFlow, installing rivals',
    debian: 'python3-pip',
    mac: 'python3 -m ensurepip --upgrade',
  },
  {
    name: 'g++',
    commands: [
      [process.env.CXX || 'g++', '--version'],
      ['c++', '--version'],
    ],
    why: 'building the native addon',
    debian: 'g++',
    mac: 'xcode-select --install',
  },
  {
    name: 'cmake',
    commands: [['cmake', '--version']],
    why: 'building the native addon',
    debian: 'cmake',
    mac: 'brew install cmake',
  },
];

export interface ToolDocument {
  found: boolean;
  version: string | null;
}

/**
 * Runs each tool that set-up needs with --version.
 * @param optional nothing is to be set up here: a tool that is missing is no problem
 */
export function findTools(optional: boolean): (Part<ToolDocument> & { name: string })[] {
  return tools.map((tool) => {
    const version = firstVersion(tool.commands);
    const found = version !== null;
    const problem =
      found || optional ? undefined : { what: `${tool.name} is missing (${tool.why})`, fix: fixOf(tool) };
    return {
      name: tool.name,
      document: { found, version },
      findings: [{ name: tool.name, found: version ?? 'not found', problem }],
    };
  });
}

function fixOf(tool: Tool): string {
  if (process.platform === 'darwin') return tool.mac;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}apt-get update && ${sudo}apt-get install -y ${tool.debian}`;
}

function firstVersion(commands: string[][]): string | null {
  for (const [command, ...args] of commands) {
    const result = spawnSync(command!, args, { encoding: 'utf8', timeout: 20_000 });
    if (result.status !== 0) continue;
    const line = `${result.stdout}${result.stderr}`.split('\n')[0] ?? '';
    return /\d+\.\d+(\.\d+)*/.exec(line)?.[0] ?? line;
  }
  return null;
}
