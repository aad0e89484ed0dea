import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { YbError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { RunId } from '../ids.ts';
import { resultLimits } from '../attempt/result.ts';
import {
  compareRuns,
  type Histories,
  historyLimits,
  type KeptStatus,
  type PastResult,
  type PastRun,
} from './history.ts';

/**
 * A shard as one string: JSON, compressed, in base64. Each run stands in it once, and a result is a few characters:
 * `F2,hs*3` failed in the third of the runs, after 640 ms (in base 36) and three attempts.
 */
const Plain = z.object({
  v: z.literal(1),
  /** Id, attempt, time, whether on the default branch, branch; newest first. */
  runs: z.array(z.tuple([RunId, z.int().min(1), z.int(), z.union([z.literal(0), z.literal(1)]), z.string().max(16)])),
  /** Label and results, newest first. */
  targets: z.array(z.tuple([z.string().min(1).max(resultLimits.label), z.string()])),
});

const letters = { PASSED: 'P', FLAKY: 'L', FAILED: 'F', TIMEOUT: 'T', REMOTE_FAILURE: 'R' } as const;
const statuses: Readonly<Record<string, KeptStatus>> = {
  P: 'PASSED',
  L: 'FLAKY',
  F: 'FAILED',
  T: 'TIMEOUT',
  R: 'REMOTE_FAILURE',
};

type Entry = readonly [label: string, results: readonly PastResult[]];

/**
 * Packs a shard into {@link historyLimits.packed} characters at most, whatever is in it. Where that is too little, first
 * every target keeps fewer of its results (10, then 5), then the targets that were not executed for longest are forgotten;
 * among targets of the same run, those that were executed most rarely. Equal histories give equal strings.
 */
export function pack(histories: Histories): string {
  const all = [...histories].filter(([, results]) => results.length > 0);
  for (const kept of [historyLimits.results, 10, 5]) {
    const { packed } = tryPacking(all.map(([label, results]) => [label, results.slice(0, kept)]));
    if (packed !== null) return packed;
  }
  let left: readonly Entry[] = all
    .map(([label, results]): Entry => [label, results.slice(0, 5)])
    .sort(mostRecentlySeen);
  for (;;) {
    const { packed, excess } = tryPacking(left);
    if (packed !== null) return packed;
    // A little fewer than would fit on average, so that few tries are needed.
    left = left.slice(0, Math.min(left.length - 1, Math.floor((left.length / excess) * 0.95)));
  }
}

function mostRecentlySeen([label, results]: Entry, [otherLabel, otherResults]: Entry): number {
  const [last, otherLast] = [results[0], otherResults[0]];
  const byRun = last === undefined || otherLast === undefined ? 0 : compareRuns(otherLast.run, last.run);
  return byRun || otherResults.length - results.length || compareText(label, otherLabel);
}

/** @returns the shard if it is within its limits, else by what factor it is too large */
function tryPacking(entries: readonly Entry[]): { readonly packed: string | null; readonly excess: number } {
  const plain = Buffer.from(JSON.stringify(toPlain(entries)));
  if (plain.length > historyLimits.plain) return { packed: null, excess: plain.length / historyLimits.plain };
  // Of the higher levels, each costs more time than the few bytes are worth.
  const packed = deflateRawSync(plain, { level: 1 }).toString('base64');
  const fits = packed.length <= historyLimits.packed;
  return { packed: fits ? packed : null, excess: packed.length / historyLimits.packed };
}

function toPlain(entries: readonly Entry[]): z.input<typeof Plain> {
  const known = new Map<string, PastRun>();
  for (const [, results] of entries) for (const { run } of results) known.set(run.id, run);
  const runs = [...known.values()].sort((left, right) => compareRuns(right, left));
  const places = new Map(runs.map(({ id }, index) => [id, index.toString(36)]));
  const written = ({ run, status, attempts, durationMs }: PastResult): string => {
    const duration = durationMs === null ? '' : `,${durationMs.toString(36)}`;
    return `${letters[status]}${places.get(run.id) ?? ''}${duration}${attempts === 1 ? '' : `*${attempts}`}`;
  };
  return {
    v: 1,
    runs: runs.map((run) => [run.id, run.attempt, run.at.getTime(), run.onDefaultBranch ? 1 : 0, run.branch]),
    targets: [...entries]
      .sort(([left], [right]) => compareText(left, right))
      .map(([label, results]) => [label, results.map(written).join('')]),
  };
}

/**
 * Unpacks a shard, or of it only the targets of which `wanted` says so.
 * @throws YbError `malformed-document`
 */
export function unpack(packed: string, wanted: (label: string) => boolean = () => true): Map<string, PastResult[]> {
  const plain = parseJson(Plain, inflate(packed), { what: 'history', code: 'malformed-document' });
  const runs = plain.runs.map(([id, attempt, at, main, branch]): PastRun => ({
    id,
    attempt,
    at: new Date(at),
    onDefaultBranch: main === 1,
    branch,
  }));
  return new Map(
    plain.targets.filter(([label]) => wanted(label)).map(([label, text]) => [label, readResults(text, runs)]),
  );
}

function inflate(packed: string): string {
  try {
    return inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: historyLimits.plain }).toString('utf8');
  } catch (error) {
    throw new YbError('malformed-document', 'history: cannot be unpacked', { cause: error });
  }
}

function readResults(text: string, runs: readonly PastRun[]): PastResult[] {
  const results: PastResult[] = [];
  const pattern = /([PLFTR])([0-9a-z]{1,6})(?:,([0-9a-z]{1,11}))?(?:\*([0-9]{1,16}))?/y;
  while (pattern.lastIndex < text.length) {
    const [, letter = '', place = '', duration, attempts] = pattern.exec(text) ?? [];
    const [status, run] = [statuses[letter], runs[Number.parseInt(place, 36)]];
    if (status === undefined || run === undefined || results.length >= historyLimits.results) {
      throw new YbError('malformed-document', 'history: not the results of a target');
    }
    results.push({
      run,
      status,
      attempts: attempts === undefined ? 1 : Number(attempts),
      durationMs: duration === undefined ? null : Number.parseInt(duration, 36),
    });
  }
  return results;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
