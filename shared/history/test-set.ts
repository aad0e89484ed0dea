import { createHash } from 'node:crypto';
import { resultLimits, type RunResult, type TargetResult } from '../attempt/result.ts';
import type { Disappeared, Run, TestSet } from '../run/run.ts';
import { isTrusted } from '../run/trust.ts';

/** With it Bazel takes no test's result from a cache (https://bazel.build/reference/command-line-reference). */
export const uncachedFlag = '--nocache_test_results';

/** A hash of what Bazel was asked to test, whether from a cache or not: runs of which it is the same should have the same tests. */
export function askedOf(bazel: { readonly targets: readonly string[]; readonly flags: readonly string[] }): string {
  return createHash('sha256')
    .update(JSON.stringify([bazel.targets, bazel.flags.filter((flag) => flag !== uncachedFlag)]))
    .digest('hex');
}

type Known = Pick<TargetResult, 'label' | 'status'>;

/** Whether `targets` is the whole list that the result speaks of: neither cut off nor another one. */
export function isWhole(targets: readonly Known[], { counts }: Pick<RunResult, 'counts'>): boolean {
  const tests = targets.filter(isTest).length;
  return counts.targets <= resultLimits.targets && tests === counts.tests - counts.failedToBuild;
}

/** What did not build may be no test. */
function isTest({ status }: Known): boolean {
  return status !== 'FAILED_TO_BUILD';
}

export function testLabels(targets: readonly Known[]): string[] {
  return targets
    .filter(isTest)
    .map(({ label }) => label)
    .toSorted();
}

/** The set of tests as a run keeps it: enough to know another run's for the same. */
export function testSetOf(tests: readonly string[], asked: string): TestSet {
  return { asked, labels: createHash('sha256').update(JSON.stringify(tests)).digest('hex') };
}

/** The run whose tests are compared with: the newest one of `earlier` (newest first) whose set is known as a whole. */
export function comparable(earlier: readonly Run[], run: Pick<Run, 'trust'>): Run | null {
  return (
    earlier.find(({ outcome, trust }) => outcome?.testSet !== undefined && (isTrusted(trust) || trust === run.trust)) ??
    null
  );
}

/** The test targets of `before` that are not in `labels`, which has also what did not build. */
export function goneFrom(before: readonly string[], labels: ReadonlySet<string>): string[] {
  return before.filter((label) => !labels.has(label));
}

/** What a run keeps of a comparison: the first labels, and how many there are. */
export function disappearedSince(base: Run, gone: readonly string[] | 'other-targets'): Disappeared {
  return gone === 'other-targets'
    ? { since: base.id, otherTargets: true, count: 0, labels: [] }
    : {
        since: base.id,
        otherTargets: false,
        count: gone.length,
        labels: gone.slice(0, resultLimits.failedLabels),
      };
}
