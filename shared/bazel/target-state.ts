import { type TargetResult, type TestAttempt, type TestStatus, resultLimits } from '../run/result.ts';
import type { Aborted, TestResultEvent, TestResultId, TestSummaryEvent } from './event-schema.ts';
import { type AttemptFiles, localPath } from './local-files.ts';
import { isFailing, readTestStatus, statusOfAbort, worstStatus } from './test-status.ts';

/**
 * What the events have told of one label so far; they may come in any order. Plain data, because a big repository has
 * tens of thousands of these in a process with little memory.
 */
export interface TargetState {
  readonly label: string;
  kind: string | null;
  test: boolean;
  /** Attempts kept, of all configurations. */
  kept: number;
  readonly configurations: Configured[];
  /** Kept until the next change: a reader is asked for the whole every second. */
  result: TargetResult | null;
}

interface Configured {
  readonly id: string;
  built: boolean | null;
  aborted: TestStatus | null;
  summary: TestSummary | null;
  /** By `run/shard/attempt`: results, announced ones and ones that were given up. Null until there is one. */
  attempts: Map<string, Attempt> | null;
}

type Attempt = 'announced' | 'aborted' | { readonly details: TestAttempt; readonly files: AttemptFiles };

/** The little that is kept of a summary: the lists of its logs are only counted. */
interface TestSummary {
  readonly status: TestStatus;
  readonly attempts: number;
  readonly logs: number;
  readonly runs: number;
  readonly shards: number;
  readonly durationMs: number | null;
  readonly cached: boolean;
}

export function createTargetState(label: string): TargetState {
  return { label, kind: null, test: false, kept: 0, configurations: [], result: null };
}

export function setKind(state: TargetState, targetKind: string | undefined, testSize: string | undefined): void {
  if (targetKind !== undefined) state.kind = targetKind.replace(/ rule$/, '');
  // Bazel demands the ending of every test rule's name.
  state.test ||= testSize !== undefined || (state.kind ?? '').endsWith('_test');
}

export function setBuilt(state: TargetState, configuration: string, success: boolean): void {
  configured(state, configuration).built = success;
}

export function setAborted(state: TargetState, configuration: string, aborted: Aborted): void {
  configured(state, configuration).aborted = statusOfAbort(aborted.reason);
}

export function setSummary(state: TargetState, configuration: string, summary: TestSummaryEvent): void {
  state.test = true;
  configured(state, configuration).summary = readSummary(summary);
}

/** Bazel said that this result would come. */
export function announceResult(state: TargetState, id: TestResultId): void {
  state.test = true;
  keep(state, id, 'announced');
}

export function addResult(state: TargetState, id: TestResultId, result: TestResultEvent): void {
  state.test = true;
  keep(state, id, { details: readAttempt(id, result), files: readFiles(id, result) });
}

export function abortResult(state: TargetState, id: TestResultId, aborted: Aborted): void {
  state.test = true;
  if (statusOfAbort(aborted.reason) !== 'NO_STATUS') keep(state, id, 'aborted');
}

export function statusOf(state: TargetState): TestStatus {
  return worstStatus(state.configurations.map(statusUnder));
}

export function resultOf(state: TargetState): TargetResult {
  return (state.result ??= describe(state));
}

function describe(state: TargetState): TargetResult {
  const details = executed(state).map((attempt) => attempt.details);
  const summaries = state.configurations.flatMap((known) => known.summary ?? []);
  const last = details.findLast((attempt) => !attempt.cached) ?? details.at(-1);
  return {
    label: state.label,
    kind: state.kind,
    status: statusOf(state),
    attempts: greatest(details.map((one) => one.attempt).concat(summaries.map((one) => attemptsTold(one, details)))),
    cached: details.length > 0 ? details.every((attempt) => attempt.cached) : summaries.some(({ cached }) => cached),
    durationMs: durationOf(summaries, details),
    shards: greatest(details.map((one) => one.shard).concat(summaries.map((one) => one.shards))),
    runs: greatest(details.map((one) => one.run).concat(summaries.map((one) => one.runs))),
    strategy: last?.strategy ?? null,
    details,
    log: null,
  };
}

export function filesOf(state: TargetState): AttemptFiles[] {
  return executed(state).map((attempt) => attempt.files);
}

function configured(state: TargetState, id: string): Configured {
  let known = state.configurations.find((one) => one.id === id);
  if (known === undefined) {
    known = { id, built: null, aborted: null, summary: null, attempts: null };
    state.configurations.push(known);
  }
  return known;
}

function keep(state: TargetState, id: TestResultId, attempt: Attempt): void {
  const known = configured(state, id.configuration?.id ?? '');
  known.attempts ??= new Map();
  const key = `${id.run ?? 1}/${id.shard ?? 1}/${id.attempt ?? 1}`;
  const before = known.attempts.get(key);
  if (before === undefined) {
    if (state.kept >= resultLimits.details) return;
    state.kept += 1;
  } else if (attempt === 'announced') {
    return;
  }
  known.attempts.set(key, attempt);
}

function executed(state: TargetState): Exclude<Attempt, string>[] {
  return state.configurations
    .flatMap((known) => [...(known.attempts?.values() ?? [])])
    .filter((attempt) => typeof attempt !== 'string')
    .sort(({ details: a }, { details: b }) => a.run - b.run || a.shard - b.shard || a.attempt - b.attempt);
}

function readAttempt(id: TestResultId, result: TestResultEvent): TestAttempt {
  const started = result.testAttemptStart ?? result.testAttemptStartMillisEpoch;
  const strategy = result.executionInfo?.strategy ?? null;
  return {
    run: id.run ?? 1,
    shard: id.shard ?? 1,
    attempt: id.attempt ?? 1,
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

/** Bazel writes these for what a disk cache or a remote cache had. */
const cacheStrategies: ReadonlySet<string> = new Set(['remote cache hit', 'disk cache hit']);

function timeOf(moment: string | number): string | null {
  const time = new Date(moment);
  const year = time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString() : null;
}

function readFiles(id: TestResultId, result: TestResultEvent): AttemptFiles {
  const uriOf = (name: string): string | undefined =>
    result.testActionOutput?.find((output) => output.name === name)?.uri;
  return {
    label: id.label,
    run: id.run ?? 1,
    shard: id.shard ?? 1,
    attempt: id.attempt ?? 1,
    log: localPath(uriOf('test.log')),
    xml: localPath(uriOf('test.xml')),
  };
}

function readSummary(summary: TestSummaryEvent): TestSummary {
  return {
    status: readTestStatus(summary.overallStatus),
    // Newer Bazels tell it; of several runs it is a sum.
    attempts: summary.runCount === undefined || summary.runCount === 1 ? (summary.attemptCount ?? 0) : 0,
    logs: (summary.passed?.length ?? 0) + (summary.failed?.length ?? 0),
    runs: summary.runCount ?? 1,
    shards: summary.shardCount ?? 1,
    durationMs: summary.totalRunDuration ?? summary.totalRunDurationMillis ?? null,
    cached: summary.totalNumCached !== undefined && summary.totalNumCached >= (summary.totalRunCount ?? 1),
  };
}

/** Of a flaky result that comes from the cache, the failed attempts have no events: the logs tell their number. */
function attemptsTold(summary: TestSummary, details: readonly TestAttempt[]): number {
  const [only, ...others] = details;
  const isCachedFlake = others.length === 0 && only?.status === 'FLAKY' && only.cached;
  return Math.max(summary.attempts, isCachedFlake ? summary.logs : 0);
}

function statusUnder(known: Configured): TestStatus {
  if (known.summary !== null) return known.summary.status;
  // It stands where the target's own event or its summary should, and says more than the results before it.
  if (known.aborted !== null && known.aborted !== 'NO_STATUS') return known.aborted;
  const attempts = [...(known.attempts ?? [])];
  if (attempts.some(([, attempt]) => attempt !== 'announced')) return deriveStatus(attempts);
  return known.built === false ? 'FAILED_TO_BUILD' : 'NO_STATUS';
}

/** The status of a target whose summary never came: each shard of each run by its last attempt. */
function deriveStatus(attempts: readonly (readonly [string, Attempt])[]): TestStatus {
  const shards = new Map<string, Attempt[]>();
  for (const [key, attempt] of attempts) {
    const [run = '', shard = '', position = ''] = key.split('/');
    const list = shards.get(`${run}/${shard}`) ?? [];
    list[Number(position)] = attempt;
    shards.set(`${run}/${shard}`, list);
  }
  return worstStatus([...shards.values()].map(statusOfShard));
}

function statusOfShard(attempts: readonly Attempt[]): TestStatus {
  const last = attempts.at(-1);
  if (last === undefined || typeof last === 'string') return 'INCOMPLETE';
  const { status } = last.details;
  const failedBefore = attempts.some(
    (attempt) => attempt !== last && typeof attempt !== 'string' && isFailing(attempt.details.status),
  );
  return status === 'PASSED' && failedBefore ? 'FLAKY' : status;
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function durationOf(summaries: readonly TestSummary[], details: readonly TestAttempt[]): number | null {
  const told = summaries.flatMap((summary) => summary.durationMs ?? []);
  const durations = told.length > 0 ? told : details.flatMap((attempt) => attempt.durationMs ?? []);
  return durations.length === 0 ? null : durations.reduce((sum, duration) => sum + duration, 0);
}
