import * as z from 'zod';

/** How many of something passed, failed and were skipped. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 };

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    nothing,
  );
}

export function tallyOf(outcomes: readonly ('passed' | 'failed' | 'skipped')[]): Tally {
  return sum(outcomes.map((outcome) => ({ ...nothing, [outcome]: 1 })));
}

/** The last line of a test run. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** A run is good if something ran and nothing failed. */
export function isGood({ passed, failed }: Tally): boolean {
  return passed > 0 && failed === 0;
}

/** The part of vitest's JSON report that is used here. */
const vitestReport = z.object({
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/**
 * Counts the tests of a vitest run. What the report does not show counts as one failure each: a file that did not load,
 * a run that ended badly without a failed test (an unhandled error), a run that left no report, one that found no tests.
 */
export function tallyOfVitest(run: { readonly exitCode: number | null; readonly report: string | null }): Tally {
  const report = readReport(run.report);
  if (report === null) return { ...nothing, failed: 1 };
  const tests = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ status }) => outcomeOf(status)),
  );
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => outcomeOf(test.status) === 'failed'),
  );
  const counted = sum([tallyOf(tests), { ...nothing, failed: unloaded.length }]);
  const badlyEnded = run.exitCode !== 0 && counted.failed === 0;
  const empty = tests.length === 0 && counted.failed === 0;
  return badlyEnded || empty ? { ...counted, failed: 1 } : counted;
}

function readReport(text: string | null): z.output<typeof vitestReport> | null {
  if (text === null) return null;
  try {
    const parsed = vitestReport.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function outcomeOf(status: string): 'passed' | 'failed' | 'skipped' {
  if (status === 'passed') return 'passed';
  return ['pending', 'skipped', 'todo', 'disabled'].includes(status) ? 'skipped' : 'failed';
}
