import * as z from 'zod';
import { parseValue } from '../json.ts';
import { Attempt, RunId, runIdPattern } from '../ids.ts';

/**
 * Where everything of an attempt stands in the bucket: the one place that knows. Nothing else is ever written there.
 *
 *     signals/{runId}/{attempt}/started.json result.json              watched: each one calls the watcher
 *     logs/{runId}/{attempt}/chunk-000001.log …                       the log, readable in any part; the last one grows
 *                            index.json                               which lines stand in which chunk, and since when
 *                            targets-000001.json …                    what became known of the targets while it runs
 *                            build.log targets.json profile.gz        the archive
 *                            tests/{n}/test.log tests/{n}/test.xml    of failed tests
 */
export interface AttemptRef {
  readonly runId: string;
  readonly attempt: number;
}

const Place = z.object({ runId: RunId, attempt: Attempt });

/** @throws YbError `bad-request` for what is no run's id or no attempt, here and in all that names an object. */
export function logPrefix(ref: AttemptRef): string {
  return `logs/${place(ref)}/`;
}

/** Below it stand all signals, and nothing else: what the bucket's one notification tells of. */
export const signalsPrefix = 'signals/';

function signalPrefix(ref: AttemptRef): string {
  return `${signalsPrefix}${place(ref)}/`;
}

/** What a courier tells the watcher by an object: that the Pod runs, and that everything of the attempt is there. */
export type Signal = 'started' | 'result';

export function signalName(ref: AttemptRef, signal: Signal): string {
  return `${signalPrefix(ref)}${signal}.json`;
}

const signalPattern = new RegExp(`^${signalsPrefix}(${runIdPattern})/([1-9][0-9]?)/(started|result)\\.json$`);

/** What an object of this name tells; null for every name that {@link signalName} does not give. */
export function signalOf(name: string): (AttemptRef & { readonly signal: Signal }) | null {
  const [, runId, attempt, signal] = signalPattern.exec(name) ?? [];
  if (runId === undefined || (signal !== 'started' && signal !== 'result')) return null;
  return { runId, attempt: Number(attempt), signal };
}

/** Live objects are numbered from 1 without a gap; their names sort as their numbers do. */
export type LiveKind = 'chunk' | 'targets';

const endings = { chunk: '.log', targets: '.json' } as const;

export function liveName(ref: AttemptRef, kind: LiveKind, number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > 999_999) throw new RangeError(`no such ${kind}: ${number}`);
  return `${livePrefix(ref, kind)}${String(number).padStart(6, '0')}${endings[kind]}`;
}

/** What the names of all live objects of a kind begin with, and no other name. */
export function livePrefix(ref: AttemptRef, kind: LiveKind): string {
  return `${logPrefix(ref)}${kind}-`;
}

/** The number in a live object's name; null for every other name. */
export function liveNumber(name: string, kind: LiveKind): number | null {
  const match = /\/(chunk|targets)-([0-9]{6})(\.log|\.json)$/.exec(name);
  return match?.[1] === kind && match[3] === endings[kind] ? Number(match[2]) : null;
}

/** The whole log, gzipped (`Content-Encoding: gzip`). */
export function buildLogName(ref: AttemptRef): string {
  return `${logPrefix(ref)}build.log`;
}

/** What leads to a line of the log without reading what stands before it: `LogIndex`. */
export function indexName(ref: AttemptRef): string {
  return `${logPrefix(ref)}index.json`;
}

/** All targets of the attempt, as they were at its end. */
export function targetsName(ref: AttemptRef): string {
  return `${logPrefix(ref)}targets.json`;
}

/** Bazel's own profile of the build. */
export function profileName(ref: AttemptRef): string {
  return `${logPrefix(ref)}profile.gz`;
}

export function testFileName(ref: AttemptRef, test: { readonly number: number; readonly file: 'log' | 'xml' }): string {
  return `${logPrefix(ref)}${testFile(test)}`;
}

/** The same below the attempt's prefix, as a target's result names it. */
export function testFile(test: { readonly number: number; readonly file: 'log' | 'xml' }): string {
  return `tests/${test.number}/test.${test.file}`;
}

/**
 * The full name of what a target's result names below its attempt's prefix; null if that is no test's file, so that a
 * made-up result never leads to another object.
 */
export function testFileBelow(ref: AttemptRef, below: string): string | null {
  return /^tests\/[0-9]{1,6}\/test\.(log|xml)$/.test(below) ? `${logPrefix(ref)}${below}` : null;
}

function place(ref: AttemptRef): string {
  const { runId, attempt } = parseValue(Place, ref, { what: 'attempt', code: 'bad-request' });
  return `${runId}/${attempt}`;
}
