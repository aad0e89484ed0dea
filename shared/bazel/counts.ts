import type { TargetCounts, TargetResult, TestStatus } from '../attempt/result.ts';

type Category = 'passed' | 'flaky' | 'failed' | 'timedOut' | 'failedToBuild' | 'incomplete' | 'notRun';

const categories: Record<TestStatus, Category> = {
  PASSED: 'passed',
  FLAKY: 'flaky',
  FAILED: 'failed',
  REMOTE_FAILURE: 'failed',
  TIMEOUT: 'timedOut',
  FAILED_TO_BUILD: 'failedToBuild',
  INCOMPLETE: 'incomplete',
  TOOL_HALTED_BEFORE_TESTING: 'incomplete',
  NO_STATUS: 'notRun',
};

export function countTargets(run: { readonly tests: readonly TargetResult[]; readonly targets: number }): TargetCounts {
  const counts: TargetCounts = {
    targets: run.targets,
    tests: run.tests.length,
    passed: 0,
    failed: 0,
    flaky: 0,
    timedOut: 0,
    cached: 0,
    executed: 0,
    failedToBuild: 0,
    incomplete: 0,
    notRun: 0,
  };
  for (const test of run.tests) {
    counts[categories[test.status]] += 1;
    if (test.cached) counts.cached += 1;
    else if (test.details.length > 0) counts.executed += 1;
  }
  return counts;
}

/** The test did not pass though it was run or should have been built: what lists of failures show. */
export function isFailed(status: TestStatus): boolean {
  const category = categories[status];
  return category === 'failed' || category === 'timedOut' || category === 'failedToBuild';
}
