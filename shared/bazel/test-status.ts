import { TestStatus } from '../attempt/result.ts';

/** In the order of the numbers that the protocol gives them. */
const byNumber: readonly TestStatus[] = [
  'NO_STATUS',
  'PASSED',
  'FLAKY',
  'TIMEOUT',
  'FAILED',
  'INCOMPLETE',
  'REMOTE_FAILURE',
  'FAILED_TO_BUILD',
  'TOOL_HALTED_BEFORE_TESTING',
];

/** A status that a future Bazel may bring is taken for one that did not come to an end: never for a success. */
export function readTestStatus(status: string | number | null | undefined): TestStatus {
  if (status === undefined || status === null) return 'NO_STATUS';
  const named = typeof status === 'number' ? byNumber[status] : status;
  const parsed = TestStatus.safeParse(named);
  return parsed.success ? parsed.data : 'INCOMPLETE';
}

/** What an `aborted` in the place of a target's events says of the target. */
export function statusOfAbort(reason: string | undefined): TestStatus {
  return abortReasonTable.get(reason ?? '') ?? 'NO_STATUS';
}

/** Every other reason: skipped on purpose, or never reached because Bazel stopped at another target's failure. */
export const abortReasonTable: ReadonlyMap<string, TestStatus> = new Map([
  ['ANALYSIS_FAILURE', 'FAILED_TO_BUILD'],
  ['LOADING_FAILURE', 'FAILED_TO_BUILD'],
  ['USER_INTERRUPTED', 'INCOMPLETE'],
  ['TIME_OUT', 'INCOMPLETE'],
  ['OUT_OF_MEMORY', 'INCOMPLETE'],
  ['REMOTE_ENVIRONMENT_FAILURE', 'INCOMPLETE'],
  ['INTERNAL', 'INCOMPLETE'],
]);

/** Worst first: what a target is of which several configurations, shards or runs are known. */
const severity: readonly TestStatus[] = [
  'FAILED',
  'TIMEOUT',
  'REMOTE_FAILURE',
  'FAILED_TO_BUILD',
  'TOOL_HALTED_BEFORE_TESTING',
  'INCOMPLETE',
  'FLAKY',
  'PASSED',
  'NO_STATUS',
];

/** The worst of them; `NO_STATUS` gives way to everything and stands for none at all. */
export function worstStatus(statuses: Iterable<TestStatus>): TestStatus {
  let worst = severity.length - 1;
  for (const status of statuses) worst = Math.min(worst, severityOf(status));
  return severity[worst] ?? 'NO_STATUS';
}

/** Bazel ran it, and it did not pass. */
export function isFailing(status: TestStatus): boolean {
  return status === 'FAILED' || status === 'TIMEOUT' || status === 'REMOTE_FAILURE';
}

/** Whether somebody has to look at it. What was interrupted or never begun tells nothing of the code. */
export function isFailure(status: TestStatus): boolean {
  return isFailing(status) || status === 'FAILED_TO_BUILD';
}

/** Bazel ran it to its end. */
export function isRun(status: TestStatus): boolean {
  return status === 'PASSED' || status === 'FLAKY' || isFailing(status);
}

/** The smaller, the worse. */
export function severityOf(status: TestStatus): number {
  return severity.indexOf(status);
}

export function isWorse(one: TestStatus, other: TestStatus): boolean {
  return severityOf(one) < severityOf(other);
}
