import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Generous limits: many tests start real emulators, real git and real Bazel, on machines with few cores.
const limit = 300_000;

// vitest asks for a default export.
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['**/node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: limit,
    hookTimeout: limit,
    teardownTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    retry: 0,
    // Google's clients look for a metadata server, and wait for it, where none is.
    env: { METADATA_SERVER_DETECTION: 'none' },
    allowOnly: false,
    passWithNoTests: false,
  },
});
