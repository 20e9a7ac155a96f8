import { answers, SetupError } from './common.mjs';

// What a Debian 12 machine must have, with the package that brings it. Checked together, so that one command mends all.
const needs = [
  { what: 'python3', test: () => answers('python3', ['--version']), packages: ['python3', 'python3-pip'] },
  {
    what: 'pip for python3',
    test: () => answers('python3', ['-c', 'import pip']),
    packages: ['python3-pip'],
  },
  {
    what: 'a C++ compiler (g++, or CXX)',
    test: () => answers(process.env.CXX || 'g++', ['--version']),
    packages: ['g++'],
  },
  { what: 'cmake', test: () => answers('cmake', ['--version']), packages: ['cmake'] },
  {
    what: 'make or ninja',
    test: () => answers('make', ['--version']) || answers('ninja', ['--version']),
    packages: ['make'],
  },
];

export function checkPrerequisites() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || major > 22 || (major === 20 && minor < 17)) {
    throw new SetupError(
      `Expected Node 20.17 or later and below 23 (tfjs-node 4.22 uses functions that Node 23 dropped) but received ${process.version}`,
      'install Node 20 or 22 (https://nodejs.org/en/download), then run the same command again',
    );
  }
  const missing = needs.filter((need) => !need.test());
  if (missing.length > 0) {
    const packages = [...new Set(missing.flatMap((need) => need.packages))];
    const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
    throw new SetupError(
      `missing: ${missing.map((need) => need.what).join(', ')}`,
      `${sudo}apt-get update && ${sudo}apt-get install -y ${packages.join(' ')}`,
    );
  }
  return { changed: false };
}
