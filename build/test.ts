import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from '../shared/config.ts';
import { placeOfProject, runChecks } from './check.ts';
import { describeStep, runStep } from './steps.ts';
import { describeTally, isGood, sum, type Tally, tallyOf, tallyOfVitest } from './tally.ts';

type Variables = Readonly<Record<string, string>>;

/**
 * `npm test [-- FILTER…]`: the checks, the build and all tests. Each check and the build count as a test of their own.
 * With a filter only the tests whose path contains it run, without checks and build.
 */
async function main(filters: readonly string[]): Promise<Tally> {
  if (filters.length > 0) return await runTests(filters);
  const checked = await runChecks();
  const { root } = placeOfProject();
  const built = await runStep({ name: 'build', command: [process.execPath, 'build/build.ts'] }, placeOfProject());
  process.stdout.write(describeStep(built));
  // What was built just now: no test builds it again.
  const tested = await runTests([], { YB_TEST_DIST: join(root, 'dist') });
  return sum([tallyOf([...checked, built].map(({ outcome }) => outcome)), tested]);
}

async function runTests(filters: readonly string[], variables: Variables = {}): Promise<Tally> {
  const { root } = placeOfProject();
  const folder = await mkdtemp(join(tmpdir(), 'yb-test-report-'));
  try {
    const report = join(folder, 'report.json');
    const exitCode = await inherit({ root, variables }, [
      process.execPath,
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--config=test/vitest.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...filters,
    ]);
    return tallyOfVitest({ exitCode, report: await readIfThere(report) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a program whose output is ours, and passes on what asks us to stop: it has processes of its own to end. */
async function inherit(
  place: { readonly root: string; readonly variables: Variables },
  [command = '', ...parameters]: readonly string[],
): Promise<number | null> {
  return await new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd: place.root,
      env: { ...environment(), ...place.variables },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
    child.on('error', () => {
      resolve(null);
    });
    child.on('close', (code) => {
      resolve(code);
    });
  });
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}

const tally = await main(process.argv.slice(2));
process.stdout.write(`${describeTally(tally)}\n`);
process.exitCode = isGood(tally) ? 0 : 1;
