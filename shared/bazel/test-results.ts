import type { TestAttempt, TestStatus } from '../attempt/result.ts';
import type { TestResultEvent, TestResultId, TestSummaryEvent } from './event-schema.ts';
import { type AttemptFiles, localPath } from './local-files.ts';
import { isRun, readTestStatus } from './test-status.ts';

/** The little that is kept of a summary: the lists of its logs are only counted. */
export interface TestSummary {
  readonly status: TestStatus;
  /** The most that one shard needed; 0 if the summary does not tell. */
  readonly attempts: number;
  /** All attempts of its only shard in its only run; 0 if it had more, or if that is not known. */
  readonly total: number;
  readonly logs: number;
  readonly runs: number;
  readonly shards: number;
  readonly durationMs: number | null;
  readonly cached: boolean;
}

export function readSummary(summary: TestSummaryEvent): TestSummary {
  const runs = summary.runCount ?? 1;
  const shards = summary.shardCount ?? 1;
  return {
    status: readTestStatus(summary.overallStatus),
    // Newer Bazels tell it; of several runs it is a sum.
    attempts: runs === 1 ? (summary.attemptCount ?? 0) : 0,
    total: summary.runCount === 1 && shards === 1 ? (summary.totalRunCount ?? 0) : 0,
    logs: (summary.passed?.length ?? 0) + (summary.failed?.length ?? 0),
    runs,
    shards,
    durationMs: summary.totalRunDuration ?? summary.totalRunDurationMillis ?? null,
    cached: summary.totalNumCached !== undefined && summary.totalNumCached >= (summary.totalRunCount ?? 1),
  };
}

export function readAttempt(id: TestResultId, result: TestResultEvent): TestAttempt {
  const started = result.testAttemptStart ?? result.testAttemptStartMillisEpoch;
  const strategy = result.executionInfo?.strategy ?? null;
  return {
    ...placeOf(id),
    status: readTestStatus(result.status),
    durationMs: result.testAttemptDuration ?? result.testAttemptDurationMillis ?? null,
    startedAt: started === undefined ? null : timeOf(started),
    cached:
      result.cachedLocally === true ||
      result.executionInfo?.cachedRemotely === true ||
      (strategy !== null && cacheStrategies.has(strategy)),
    strategy,
    log: null,
    xml: null,
  };
}

export function readFiles(id: TestResultId, result: TestResultEvent, label: string): AttemptFiles {
  const uriOf = (name: string): string | undefined =>
    result.testActionOutput?.find((output) => output.name === name)?.uri;
  return { label, ...placeOf(id), log: localPath(uriOf('test.log')), xml: localPath(uriOf('test.xml')) };
}

/** Which attempt of which shard of which run a result is of. */
export function placeOf(id: TestResultId): Pick<TestAttempt, 'run' | 'shard' | 'attempt'> {
  return { run: id.run ?? 1, shard: id.shard ?? 1, attempt: id.attempt ?? 1 };
}

/** The most attempts that one shard of one run needed. */
export function attemptsOf(summaries: readonly TestSummary[], details: readonly TestAttempt[]): number {
  const told = summaries.map((summary) => {
    if (!isRun(summary.status)) return 0;
    const isAlone = details.length === 0;
    const others = isAlone ? summary.total : isCachedFlake(details) ? summary.logs : 0;
    return Math.max(isAlone && summary.status === 'FLAKY' && summary.runs === 1 ? 2 : 1, summary.attempts, others);
  });
  // Of a flaky result that comes from the cache, the failed attempts have no events.
  const known = details.map(({ attempt, status }) => (status === 'FLAKY' ? Math.max(2, attempt) : attempt));
  return greatest([...known, ...told]);
}

/** It is the only result then, so that all of its summary's logs are its own. */
function isCachedFlake([only, ...others]: readonly TestAttempt[]): boolean {
  return others.length === 0 && only?.status === 'FLAKY' && only.cached;
}

export function greatest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

export function durationOf(summaries: readonly TestSummary[], details: readonly TestAttempt[]): number | null {
  const told = summaries.flatMap((summary) => summary.durationMs ?? []);
  const durations = told.length > 0 ? told : details.flatMap((attempt) => attempt.durationMs ?? []);
  return durations.length === 0 ? null : durations.reduce((sum, duration) => sum + duration, 0);
}

/** Bazel writes these for what a disk cache or a remote cache had. */
const cacheStrategies: ReadonlySet<string> = new Set(['remote cache hit', 'disk cache hit']);

function timeOf(moment: string | number): string | null {
  const time = new Date(moment);
  const year = time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString() : null;
}
