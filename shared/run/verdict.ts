import type { z } from 'zod';
import { isFailing } from '../bazel/test-status.ts';
import { buildExitCodes, checkoutExitCodes, repairActions } from '../attempt/exit-codes.ts';
import { lossOf, neverStarted } from './pod-loss.ts';
import type { RunResult } from '../attempt/result.ts';
import type { Fault, PastAttempt, VerdictName } from './run.ts';
import { reasonOf } from './verdict-reasons.ts';
import {
  type VerdictCode,
  type VerdictRow,
  codeOfExit,
  isVerdictCode,
  maxAttempts,
  verdictTable,
} from './verdict-table.ts';

/** How a container stands: ended with an exit code, or not running for a reason, or neither while it runs. */
export interface ContainerFacts {
  readonly exitCode: number | null;
  readonly reason: string | null;
  /** Its termination message. */
  readonly message: string | null;
}

/** What the cluster says of the attempt's Pod. */
export interface PodFacts {
  /** Of the Pod's status, as the message is. */
  readonly reason: string | null;
  readonly message?: string | null;
  readonly scheduled: boolean;
  /** Somebody has asked for its end. */
  readonly deleting: boolean;
  /** Of its `DisruptionTarget` condition. */
  readonly disruption: { readonly reason: string | null; readonly message?: string | null } | null;
  /** Its volume could not be attached or mounted: only events tell of it. */
  readonly mountFailed?: boolean;
  readonly containers: {
    readonly courier: ContainerFacts | null;
    readonly checkout: ContainerFacts | null;
    readonly build: ContainerFacts | null;
  };
}

/** All that is known of an attempt that is over. */
export interface VerdictInput {
  readonly attempt: {
    readonly runId: string;
    readonly attempt: number;
    readonly epoch: number;
    readonly volume?: number | null;
  };
  readonly cancel: {
    readonly requested: boolean;
    /** The commit of the newer push that asked for it, if one did. */
    readonly supersededBy?: string | null;
  };
  readonly deadline: { readonly exceeded: boolean };
  /** The attempt was ended because its Pod would never have run: a cause of this table, and the cluster's words. */
  readonly abandoned?: { readonly code: string; readonly detail: string | null };
  /** What took the Pod away, as {@link lossOf} told of it while the Pod was there. */
  readonly lost?: { readonly code: string; readonly detail: string | null };
  readonly job: { readonly condition: 'Complete' | 'Failed' | null; readonly reason: string | null };
  /** Null if there is none, or nobody knows. */
  readonly pod: PodFacts | null;
  /** Whether the courier ever said that the Pod runs. */
  readonly started?: boolean;
  readonly result: RunResult | null;
  /** The branch's last finished run. */
  readonly earlier?: { readonly noTests: boolean };
  /** Test targets of the branch's last finished run that this one does not have. */
  readonly disappeared?: readonly string[];
  readonly attemptsSoFar: readonly Pick<z.output<typeof PastAttempt>, 'code' | 'exitCode' | 'volume'>[];
  /** Named in the reason where one was reached. */
  readonly limits?: { readonly memoryBytes?: number; readonly diskBytes?: number; readonly logBytes?: number };
}

export interface Verdict {
  readonly verdict: VerdictName;
  /** A sentence for a person, without secrets. */
  readonly reason: string;
  /** Stable and for programs. */
  readonly code: VerdictCode;
  readonly fault: z.output<typeof Fault>;
  /** Another attempt shall follow. */
  readonly retry: boolean;
  readonly volume: 'good' | 'suspect';
}

/**
 * What became of an attempt. Pure. `passed` needs every proof: a result of this very attempt and epoch, exit code 0 there
 * and of the build's container wherever the cluster knows it, Bazel's last event, at least one test that passed and none
 * that did not. A result that is proved stands, also against a cancel or a deadline that came after it; everything else
 * gives way to them. All further causes follow in the order of how much they explain.
 */
export function decideVerdict(input: VerdictInput): Verdict {
  const result = ownResult(input);
  const code = causeOf(input, result);
  const row: VerdictRow = verdictTable[code];
  return {
    verdict: row.verdict,
    reason: reasonOf(code, input, result),
    code,
    fault: row.fault,
    retry: mayRetry(row, input),
    volume: row.volume,
  };
}

/** A result of another attempt or epoch proves nothing about this one. */
function ownResult({ attempt, result }: VerdictInput): RunResult | null {
  if (result === null || result.runId !== attempt.runId) return null;
  return result.attempt === attempt.attempt && result.epoch === attempt.epoch ? result : null;
}

function mayRetry(row: VerdictRow, input: VerdictInput): boolean {
  if (Math.max(input.attempt.attempt, input.attemptsSoFar.length + 1) >= maxAttempts) return false;
  if (row.retries !== 1) return row.retries > 0;
  const table: Readonly<Record<string, VerdictRow>> = verdictTable;
  return !input.attemptsSoFar.some((past) => table[past.code]?.retries === 1);
}

function causeOf(input: VerdictInput, result: RunResult | null): VerdictCode {
  return (
    provedBy(input, result) ??
    askedFor(input) ??
    failedAnyhow(input, result) ??
    (result?.logTooLarge === true ? 'log-too-large' : null) ??
    refusedByCheckout(input) ??
    neverRan(input, result) ??
    reachedLimit(input) ??
    (input.deadline.exceeded ? 'deadline' : null) ??
    lostPod(input, result) ??
    endedWith(input, result) ??
    withoutResult(input)
  );
}

/** What Bazel's own exit code and events prove together; null if they prove nothing. */
function provedBy(input: VerdictInput, result: RunResult | null): VerdictCode | null {
  // A process that was killed for memory, or a log that is not whole, may have hidden anything.
  if (result === null || result.logTooLarge || isOutOfMemory(input) || !result.events.complete) return null;
  const exitCode = exitCodeOf(result);
  if (exitCode === null) return null;
  const code = codeOfExit(exitCode);
  if (code === 'tests-failed' || code === 'build-failed') return code;
  if ((code !== 'passed' && code !== 'no-tests') || !containerAgrees(input, exitCode)) return null;
  const { counts, failed } = result;
  if (counts.failed + counts.timedOut > 0 || failed.some(({ status }) => isFailing(status))) return 'tests-failed';
  if (counts.failedToBuild > 0 || failed.some(({ status }) => status === 'FAILED_TO_BUILD')) return 'build-failed';
  // Neither of the two is taken from one witness alone.
  if (counts.incomplete + failed.length > 0 || result.events.exitCode === null) return null;
  if (counts.passed + counts.flaky > 0) return code === 'passed' ? 'passed' : 'tests-disappeared';
  return codeWithoutTests(input, result.events.exitCode === exitCode);
}

/**
 * What failed has failed, however the events end: their upload broke, an aspect did, or Bazel was killed. Only memory that ran
 * out may have failed a test that was good, and a Pod that was taken away is no fault of the author's.
 */
function failedAnyhow(input: VerdictInput, result: RunResult | null): VerdictCode | null {
  if (result === null || isOutOfMemory(input) || lostPod(input, result) !== null) return null;
  const exitCode = exitCodeOf(result);
  if (exitCode !== null && codeOfExit(exitCode) === 'build-failed') return 'build-failed';
  // Who tells of failures, and that all went well, and then did not end well, was not Bazel: another attempt finds out.
  if (exitCode === 0 && result.events.complete && !containerAgrees(input, exitCode)) return null;
  if (result.counts.failed + result.counts.timedOut > 0) return 'tests-failed';
  return result.counts.failedToBuild > 0 ? 'build-failed' : null;
}

function codeWithoutTests({ earlier }: VerdictInput, isAgreed: boolean): VerdictCode {
  return isAgreed && earlier?.noTests === true ? 'no-tests' : 'tests-disappeared';
}

/** Of two that contradict each other, the one that is no success. */
function exitCodeOf(result: RunResult): number | null {
  return result.exitCode === 0 && result.events.exitCode !== null ? result.events.exitCode : result.exitCode;
}

/** The second witness of a success: what the cluster says of the build's container must not contradict the result. */
function containerAgrees({ pod, job }: VerdictInput, exitCode: number): boolean {
  const ended = pod?.containers.build?.exitCode ?? null;
  if (ended !== null) return ended === exitCode;
  if (pod === null) return job.condition !== (exitCode === 0 ? 'Failed' : 'Complete');
  return exitCode === 0 && job.condition === 'Complete';
}

function askedFor({ cancel }: VerdictInput): VerdictCode | null {
  if (!cancel.requested) return null;
  return (cancel.supersededBy ?? null) === null ? 'cancelled' : 'superseded';
}

function refusedByCheckout({ pod }: VerdictInput): VerdictCode | null {
  const exitCode = pod?.containers.checkout?.exitCode ?? checkoutExitCodes.ok;
  return ownExitCodes.has(exitCode) ? codeOfExit(exitCode) : null;
}

const checkoutCodes: ReadonlySet<number> = new Set(
  Object.values(checkoutExitCodes).filter((exitCode) => exitCode !== checkoutExitCodes.ok),
);
/** The checkout finds the volume busy too. */
const ownExitCodes: ReadonlySet<number> = new Set([...checkoutCodes, buildExitCodes.volumeBusy]);

function neverRan(input: VerdictInput, result: RunResult | null): VerdictCode | null {
  const { pod, started, deadline, abandoned } = input;
  if (hasExitCode(result)) return null;
  if (abandoned !== undefined && isVerdictCode(abandoned.code)) return abandoned.code;
  if (pod?.mountFailed === true) return 'volume-not-mounted';
  const { checkout, build, courier } = pod?.containers ?? {};
  const unstarted = neverStarted([courier, checkout, build]);
  if (unstarted !== null) return unstarted.code;
  if (pod?.scheduled === false) return 'not-scheduled';
  // The deadline of a Pod that never ran says nothing about the author's tests.
  return started === false && deadline.exceeded && result === null ? 'not-started' : null;
}

/** The kernel may kill one process of the build alone, and what Bazel makes of that hides the cause. */
function isOutOfMemory({ pod, result }: VerdictInput): boolean {
  const killed = result !== null && result.oomKills > 0 && result.exitCode !== 0;
  return killed || pod?.containers.build?.reason === 'OOMKilled';
}

function reachedLimit(input: VerdictInput): VerdictCode | null {
  if (isOutOfMemory(input)) return 'out-of-memory';
  // A kubelet that evicts for the node's sake says so in a condition. For a Pod's own storage limits it sets none; nor does
  // one that is short of something and refuses a new Pod, which has no containers then.
  const { pod } = input;
  const own = pod?.reason === 'Evicted' && pod.disruption === null && pod.containers.build !== null;
  return own ? 'storage-exceeded' : null;
}

function lostPod({ pod, job, lost }: VerdictInput, result: RunResult | null): VerdictCode | null {
  const code = pod === null ? lost?.code : lossOf(pod)?.code;
  if (code !== undefined && isVerdictCode(code)) return code;
  if (job.reason === 'PodFailurePolicy') return 'disrupted';
  if (pod !== null) return null;
  return !hasExitCode(result) && job.condition !== 'Complete' ? 'pod-gone' : null;
}

function hasExitCode(result: RunResult | null): boolean {
  return (result?.exitCode ?? null) !== null;
}

function endedWith(input: VerdictInput, result: RunResult | null): VerdictCode | null {
  const exitCode = result === null ? null : exitCodeOf(result);
  if (result === null || exitCode === null) return null;
  // The checkout's codes are believed where it did not end well: a build could claim them.
  const isClaimed = checkoutCodes.has(exitCode) && input.pod?.containers.checkout?.exitCode === checkoutExitCodes.ok;
  const code = isClaimed ? 'unknown-exit-code' : codeOfExit(exitCode);
  const repaired = (action: string): boolean => result.repairs.some((repair) => repair.action === action);
  if (code === 'passed' || code === 'no-tests') return 'unproved';
  if (code === 'local-environment' && repaired(repairActions.spaceFreed)) return 'disk-full';
  if (code === 'local-environment' && repaired(repairActions.installBaseRemoved)) return 'installation-damaged';
  if (code === 'bazel-crashed' && repaired(repairActions.outputBaseRemoved)) return 'output-damaged';
  return code === 'unknown-exit-code' && isRepeated(input, exitCode) ? 'repeated-exit-code' : code;
}

function isRepeated({ attempt, attemptsSoFar }: VerdictInput, exitCode: number): boolean {
  const volume = attempt.volume ?? null;
  return attemptsSoFar.some(
    (past) =>
      past.code === 'unknown-exit-code' && past.exitCode === exitCode && volume !== null && past.volume !== volume,
  );
}

function withoutResult({ pod }: VerdictInput): VerdictCode {
  const { build, courier, checkout } = pod?.containers ?? {};
  const code = codeOfExit(build?.exitCode ?? 0);
  if (code === 'volume-busy' || code === 'no-bazel') return code;
  if ((checkout?.exitCode ?? 0) !== 0) return 'checkout-failed';
  const courierDied = (courier?.exitCode ?? 0) !== 0 || courier?.reason === 'CrashLoopBackOff';
  return courierDied ? 'courier-died' : 'result-missing';
}
