import { type TargetResult, type TestAttempt, type TestStatus, resultLimits } from '../attempt/result.ts';
import type { Aborted, BuildEvent, TestResultEvent, TestResultId, TestSummaryEvent } from './event-schema.ts';
import type { AttemptFiles } from './local-files.ts';
import {
  type TestSummary,
  attemptsOf,
  durationOf,
  greatest,
  placeOf,
  readAttempt,
  readFiles,
  readSummary,
} from './test-results.ts';
import { isFailing, isWorse, readTestStatus, statusOfAbort, worstStatus } from './test-status.ts';

/**
 * What the events have told of one label so far. They may come in any order and more than once: where two of them
 * contradict each other, the worse one counts. Plain data, because a big repository has tens of thousands of these in a
 * process with little memory.
 */
export interface TargetState {
  readonly label: string;
  kind: string | null;
  test: boolean;
  /** Attempts kept, of all configurations. */
  kept: number;
  /** Shared with all other targets: how many more attempts may be kept. */
  readonly room: { attempts: number };
  readonly configurations: Configured[];
  /** Kept until the next change: a reader is asked for the whole every second. */
  result: { readonly ended: boolean; readonly told: TargetResult } | null;
}

interface Configured {
  readonly id: string;
  built: boolean | null;
  aborted: TestStatus | null;
  summary: TestSummary | null;
  /** What a newer Bazel tells of the whole target, where it is asked to. */
  overall: TestStatus;
  /** By `run/shard/attempt`: results, announced ones and ones that were given up. Null until there is one. */
  attempts: Map<string, Attempt> | null;
  /** The worst of the attempts for which there was no room. */
  beyond: TestStatus | null;
}

type Attempt = 'announced' | 'aborted' | { readonly details: TestAttempt; readonly files: AttemptFiles };

/** All others of a target share the last one. */
const mostConfigurations = 50;

export function createTargetState(label: string, room: { attempts: number }): TargetState {
  return { label, kind: null, test: false, kept: 0, room, configurations: [], result: null };
}

export function setKind(state: TargetState, targetKind: string | undefined, testSize: string | undefined): void {
  if (targetKind !== undefined) state.kind = targetKind.replace(/ rule$/, '');
  // Bazel demands the ending of every test rule's name.
  state.test ||= (testSize !== undefined && testSize !== 'UNKNOWN') || (state.kind ?? '').endsWith('_test');
}

export function setBuilt(state: TargetState, configuration: string, success: boolean): void {
  const known = configured(state, configuration);
  known.built = known.built !== false && success;
}

export function setAborted(state: TargetState, configuration: string, aborted: Aborted): void {
  const known = configured(state, configuration);
  known.aborted = worstStatus([known.aborted ?? 'NO_STATUS', statusOfAbort(aborted.reason)]);
}

export function setSummary(state: TargetState, configuration: string, event: TestSummaryEvent): void {
  state.test = true;
  const known = configured(state, configuration);
  const summary = readSummary(event);
  if (known.summary === null || !isWorse(known.summary.status, summary.status)) known.summary = summary;
}

export function setOverall(
  state: TargetState,
  configuration: string,
  event: NonNullable<BuildEvent['targetSummary']>,
): void {
  const known = configured(state, configuration);
  known.overall = worstStatus([known.overall, readTestStatus(event.overallTestStatus)]);
  state.test ||= known.overall !== 'NO_STATUS';
}

/** Bazel said that this result would come. */
export function announceResult(state: TargetState, id: TestResultId): void {
  state.test = true;
  keep(state, id, 'announced');
}

export function addResult(state: TargetState, id: TestResultId, result: TestResultEvent): void {
  state.test = true;
  keep(state, id, { details: readAttempt(id, result), files: readFiles(id, result, state.label) });
}

export function abortResult(state: TargetState, id: TestResultId, aborted: Aborted): void {
  state.test = true;
  if (statusOfAbort(aborted.reason) === 'NO_STATUS') setAborted(state, id.configuration?.id ?? '', aborted);
  else keep(state, id, 'aborted');
}

/** `ended` says that no more events will come: what was announced until then has not happened. */
export function statusOf(state: TargetState, ended: boolean): TestStatus {
  return worstStatus(state.configurations.map((known) => statusUnder(known, ended)));
}

export function resultOf(state: TargetState, ended: boolean): TargetResult {
  if (state.result?.ended !== ended) state.result = { ended, told: describe(state, ended) };
  return state.result.told;
}

function describe(state: TargetState, ended: boolean): TargetResult {
  const details = executed(state).map((attempt) => attempt.details);
  const summaries = state.configurations.flatMap((known) => known.summary ?? []);
  const last = details.findLast((attempt) => !attempt.cached) ?? details.at(-1);
  const places = state.configurations.flatMap((known) => [...(known.attempts?.keys() ?? [])]).map(splitKey);
  return {
    label: state.label,
    kind: state.kind,
    status: statusOf(state, ended),
    attempts: attemptsOf(summaries, details),
    cached: details.length > 0 ? details.every((attempt) => attempt.cached) : summaries.some(({ cached }) => cached),
    durationMs: durationOf(summaries, details),
    shards: greatest(places.map(({ shard }) => shard).concat(summaries.map(({ shards }) => shards))),
    runs: greatest(places.map(({ run }) => run).concat(summaries.map(({ runs }) => runs))),
    strategy: last?.strategy ?? null,
    details,
    log: null,
  };
}

export function filesOf(state: TargetState): AttemptFiles[] {
  return executed(state).map((attempt) => attempt.files);
}

function configured(state: TargetState, id: string): Configured {
  const last = state.configurations.length < mostConfigurations ? undefined : state.configurations.at(-1);
  let known = state.configurations.find((one) => one.id === id) ?? last;
  if (known === undefined) {
    known = { id, built: null, aborted: null, summary: null, overall: 'NO_STATUS', attempts: null, beyond: null };
    state.configurations.push(known);
  }
  return known;
}

function keep(state: TargetState, id: TestResultId, attempt: Attempt): void {
  const known = configured(state, id.configuration?.id ?? '');
  known.attempts ??= new Map();
  const { run, shard, attempt: number } = placeOf(id);
  const key = `${run}/${shard}/${number}`;
  const before = known.attempts.get(key);
  if (before !== undefined) {
    if (isStronger(before, attempt)) return;
  } else if (state.kept >= resultLimits.details || state.room.attempts <= 0) {
    if (attempt !== 'announced') known.beyond = worstStatus([known.beyond ?? 'NO_STATUS', attemptStatus(attempt)]);
    return;
  } else {
    state.kept += 1;
    state.room.attempts -= 1;
  }
  known.attempts.set(key, attempt);
}

/** Of two that are told of the same place. */
function isStronger(one: Attempt, other: Attempt): boolean {
  if (typeof one === 'string' || typeof other === 'string') return other === 'announced' || typeof one !== 'string';
  return isWorse(one.details.status, other.details.status);
}

function attemptStatus(attempt: Attempt): TestStatus {
  return typeof attempt === 'string' ? 'INCOMPLETE' : attempt.details.status;
}

function splitKey(key: string): { readonly run: number; readonly shard: number; readonly attempt: number } {
  const [run = 1, shard = 1, attempt = 1] = key.split('/').map(Number);
  return { run, shard, attempt };
}

function executed(state: TargetState): Exclude<Attempt, string>[] {
  return state.configurations
    .flatMap((known) => [...(known.attempts?.values() ?? [])])
    .filter((attempt) => typeof attempt !== 'string')
    .sort(({ details: a }, { details: b }) => a.run - b.run || a.shard - b.shard || a.attempt - b.attempt);
}

function statusUnder(known: Configured, ended: boolean): TestStatus {
  const derived = deriveStatus(known);
  const told = known.summary?.status ?? (known.overall === 'NO_STATUS' ? null : known.overall);
  if (told !== null) {
    // Bazel leaves the status out where it did not get to it, and a failure that it told of before stands.
    const isOpen = told === 'NO_STATUS' || told === 'PASSED';
    return isOpen && derived !== null && isFailing(derived) ? derived : told;
  }
  // It stands where the target's own event or its summary should, and says more than the results before it.
  if (known.aborted !== null && known.aborted !== 'NO_STATUS') return known.aborted;
  if (derived !== null) return derived;
  if (known.built === false) return 'FAILED_TO_BUILD';
  return ended && known.attempts !== null && known.aborted === null ? 'INCOMPLETE' : 'NO_STATUS';
}

/** What the results alone tell: each shard of each run by its last attempt. Null if there is none. */
function deriveStatus({ attempts, beyond }: Configured): TestStatus | null {
  const all = [...(attempts ?? [])];
  if (beyond === null && all.every(([, attempt]) => attempt === 'announced')) return null;
  const shards = new Map<string, Attempt[]>();
  for (const [key, attempt] of all) {
    const { run, shard, attempt: position } = splitKey(key);
    const list = shards.get(`${run}/${shard}`) ?? [];
    list[position] = attempt;
    shards.set(`${run}/${shard}`, list);
  }
  const statuses = [...shards.values()].map(statusOfShard).concat(beyond ?? []);
  // One that tells no status leaves the others' success without proof.
  const isWhole = statuses.every((status) => status !== 'NO_STATUS');
  return worstStatus(isWhole || statuses.length === 1 ? statuses : [...statuses, 'INCOMPLETE']);
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
