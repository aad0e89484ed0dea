import { createHash } from 'node:crypto';
import type { TargetResult, TestStatus } from '../attempt/result.ts';
import type { Run } from '../run/run.ts';

/** What bounds the history of a repository, however many targets and runs it has. */
export const historyLimits = {
  /** Part of where everything stands: with another number, all that was kept would be looked for elsewhere. */
  shards: 8,
  /** Results kept of a target: the newest. */
  results: 20,
  /** Characters of a shard as it is stored. Firestore takes 1 MiB. */
  packed: 512 * 1024,
  /** Bytes of a shard before it is compressed. */
  plain: 4 * 1024 * 1024,
} as const;

/** What a test came to when it was executed. Everything else (interrupted, not built, not run) tells nothing of it. */
export const keptStatuses = ['PASSED', 'FLAKY', 'FAILED', 'TIMEOUT', 'REMOTE_FAILURE'] as const;
export type KeptStatus = (typeof keptStatuses)[number];

/** A run as the history remembers it. */
export interface PastRun {
  readonly id: string;
  /** The attempt that counted: where its logs are. */
  readonly attempt: number;
  /** When the run came into being: results are in this order, whatever order they arrive in. */
  readonly at: Date;
  readonly onDefaultBranch: boolean;
  /** The same for runs of the same ref, and for no others: a short hash. */
  readonly branch: string;
}

export interface TestOutcome {
  readonly status: KeptStatus;
  readonly attempts: number;
  /** Of all attempts together; null where nobody knows, or it did not run. */
  readonly durationMs: number | null;
}

export interface PastResult extends TestOutcome {
  readonly run: PastRun;
}

/** The last results of targets by label, newest first. */
export type Histories = ReadonlyMap<string, readonly PastResult[]>;

/** In which shard a target's history is: the same for ever. */
export function shardOf(label: string): number {
  return createHash('sha256').update(label).digest().readUInt32BE(0) % historyLimits.shards;
}

/** @param defaultRef in full; null if nobody knows it */
export function pastRun(run: Run, defaultRef: string | null): PastRun {
  return {
    id: run.id,
    attempt: run.attempt,
    at: run.createdAt,
    onDefaultBranch: run.ref === defaultRef,
    branch: branchOf(run.ref),
  };
}

export function branchOf(ref: string): string {
  return createHash('sha256').update(ref).digest('base64url').slice(0, 8);
}

/**
 * What is to be remembered of an attempt's targets, by label: tests that were executed. One that failed in the branch's
 * last run is also remembered if its success came from a cache: it passes again, and nothing else would say so.
 */
export function outcomesOf(
  targets: readonly Pick<TargetResult, 'label' | 'status' | 'attempts' | 'cached' | 'durationMs'>[],
  failedBefore: ReadonlySet<string>,
): Map<string, TestOutcome> {
  const outcomes = new Map<string, TestOutcome>();
  for (const { label, status, attempts, cached, durationMs } of targets) {
    if (!isKept(status) || attempts === 0 || (cached && !failedBefore.has(label))) continue;
    outcomes.set(label, { status, attempts, durationMs: cached ? null : durationMs });
  }
  return outcomes;
}

/**
 * The histories with what a run came to. The same run again changes nothing, and the order in which runs arrive makes no
 * difference: the newest {@link historyLimits.results} are kept. @returns `histories` itself if nothing changed
 */
export function withRun(histories: Histories, run: PastRun, outcomes: ReadonlyMap<string, TestOutcome>): Histories {
  const next = new Map(histories);
  let changed = false;
  for (const [label, outcome] of outcomes) {
    const known = histories.get(label) ?? [];
    if (known.some((result) => result.run.id === run.id)) continue;
    const older = known.findIndex((result) => compareRuns(result.run, run) < 0);
    const place = older === -1 ? known.length : older;
    if (place >= historyLimits.results) continue;
    next.set(label, known.toSpliced(place, 0, { ...outcome, run }).slice(0, historyLimits.results));
    changed = true;
  }
  return changed ? next : histories;
}

/** Older first; among runs of the same moment by id, so that there is one order. */
export function compareRuns(left: Pick<PastRun, 'at' | 'id'>, right: Pick<PastRun, 'at' | 'id'>): number {
  return left.at.getTime() - right.at.getTime() || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
}

function isKept(status: TestStatus): status is KeptStatus {
  return keptStatuses.some((kept) => kept === status);
}
