import { defineConfig } from 'vitest/config';

// Tests import the packages' sources (the `@weightfold/source` condition), so no build is needed between an edit and a test.
const conditions = ['@weightfold/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      '{base,datasets,rivals}/src/**/*.test.ts',
      '{formats,packages,apps}/*/src/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
