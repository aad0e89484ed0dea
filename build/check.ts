import { access, readFile, readdir } from 'node:fs/promises';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../shared/config.ts';
import { describeStep, type Place, runSteps, type Step, type StepResult } from './steps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The project's own tools come first on the PATH, also when nobody started this through npm. */
export function placeOfProject(): Place {
  return { root, path: [join(root, 'node_modules/.bin'), environment()['PATH'] ?? ''].join(delimiter) };
}

function tool(name: string): string {
  return join(root, 'node_modules/.bin', name);
}

/** Everything that is right or wrong without running the product. Slow ones first: they start first. */
async function checks(): Promise<readonly Step[]> {
  const scripts = await shellScripts();
  const lint = tool('oxlint');
  return [
    { name: 'lint', command: [lint, '--type-aware', '--max-warnings=0', '--report-unused-disable-directives'] },
    { name: 'dead code', command: [tool('knip'), '--config', 'test/knip.json', '--no-progress', '--no-config-hints'] },
    // What only the tests use is dead too.
    {
      name: 'dead product',
      command: [tool('knip'), '--config', 'test/knip.json', '--no-progress', '--no-config-hints', '--production'],
    },
    { name: 'types', command: [tool('tsc'), '--project', '.', '--noEmit'] },
    { name: 'page types', command: [tool('tsc'), '--project', 'functions/dashboard/client', '--noEmit'] },
    { name: 'architecture', command: [process.execPath, 'test/architecture/check.ts'] },
    { name: 'format', command: [tool('oxfmt'), '--check', '.'] },
    ...(scripts.length === 0
      ? []
      : [{ name: 'shell', needs: 'shellcheck', command: ['shellcheck', '--', ...scripts] } as const]),
    ...((await exists(join(root, 'terraform')))
      ? [
          {
            name: 'terraform',
            needs: 'terraform',
            command: ['terraform', 'fmt', '-check', '-recursive', 'terraform'],
          } as const,
        ]
      : []),
  ];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Files named `*.sh`, and programs of `.ci/`, which have no suffix. */
async function shellScripts(): Promise<readonly string[]> {
  const folders = ['runner', 'local', 'build', 'test', 'terraform', 'docs', '.ci'];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const path = join(root, folder);
      if (!(await exists(path))) return [];
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const candidates = found.flat().filter((path) => path.endsWith('.sh') || path.includes('/.ci/'));
  const shells = await Promise.all(
    candidates.map(async (path) => /^#!.*\b(ba|da)?sh\b/.test(await readFile(path, 'utf8'))),
  );
  return candidates
    .filter((_, index) => shells[index] === true)
    .map((path) => relative(root, path))
    .toSorted();
}

/** Runs all checks, two at a time, and prints a line for each, with its whole output if it failed. */
export async function runChecks(): Promise<readonly StepResult[]> {
  return await runSteps(await checks(), {
    ...placeOfProject(),
    atOnce: 2,
    tell: (result) => {
      process.stdout.write(describeStep(result));
    },
  });
}

if (import.meta.main) {
  const results = await runChecks();
  process.exitCode = results.every(({ outcome }) => outcome !== 'failed') ? 0 : 1;
}
