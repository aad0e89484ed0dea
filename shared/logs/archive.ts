import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { z } from 'zod';
import { errorCode } from '../errors.ts';
import { parseJson } from '../json.ts';
import { type FailingAction, resultLimits, RunResult, type TargetResult, TargetsFile } from '../run/result.ts';
import { inOrder } from './in-order.ts';
import { type AttemptRef, buildLogName, liveName, liveNumber, livePrefix, signalName, targetsName } from './layout.ts';
import type { ObjectStore } from './object-store.ts';

/** An attempt, and where its objects are. */
export interface AttemptSource extends AttemptRef {
  readonly store: ObjectStore;
}

/** When the attempt's courier said that it runs, by the storage's clock; null if it has not. */
export async function hasStarted(source: AttemptSource): Promise<Date | null> {
  const signal = await source.store.read(signalName(source, 'started'), { maxBytes: resultLimits.resultBytes });
  return signal === null ? null : (signal.modifiedAt ?? new Date(0));
}

/**
 * The attempt's result; null if there is none, or none that can be read as this attempt's: it proves nothing then, and
 * the run is settled without one.
 */
export async function readResult(source: AttemptSource): Promise<RunResult | null> {
  const result = await readDocument(source, signalName(source, 'result'), RunResult, resultLimits.resultBytes);
  return result?.runId === source.runId && result.attempt === source.attempt ? result : null;
}

export interface AttemptTargets {
  readonly targets: readonly TargetResult[];
  readonly failures: readonly FailingAction[];
  /** They are those at the attempt's end; else what is known so far. */
  readonly final: boolean;
  /** For the next call's `afterPart`, which then gives only what has changed since. */
  readonly lastPart: number;
}

/** How many parts are asked for before the first has come. */
const partsAhead = 8;

/**
 * The attempt's targets: those of its end, or what its live parts after `afterPart` tell, put together by label. What
 * cannot be read is left out.
 */
export async function readTargets(source: AttemptSource & { readonly afterPart?: number }): Promise<AttemptTargets> {
  const { store, afterPart = 0 } = source;
  const read = async (name: string): Promise<TargetsFile | null> =>
    await readDocument(source, name, TargetsFile, resultLimits.targetsBytes);
  const [final, parts] = await Promise.all([
    read(targetsName(source)),
    store.list(livePrefix(source, 'targets'), { after: liveName(source, 'targets', afterPart) }),
  ]);
  const names = parts.map(({ name }) => name).filter((name) => liveNumber(name, 'targets') !== null);
  const lastPart = liveNumber(names.at(-1) ?? '', 'targets') ?? afterPart;
  if (final !== null) return { targets: final.targets, failures: final.failures, final: true, lastPart };

  const targets = new Map<string, TargetResult>();
  const failures = new Map<string, FailingAction>();
  for await (const part of inOrder(names, partsAhead, read)) {
    for (const target of part?.targets ?? []) targets.set(target.label, target);
    for (const failure of part?.failures ?? []) failures.set(JSON.stringify(failure), failure);
  }
  return { targets: [...targets.values()], failures: [...failures.values()], final: false, lastPart };
}

async function readDocument<Schema extends z.ZodType>(
  source: AttemptSource,
  name: string,
  schema: Schema,
  maxBytes: number,
): Promise<z.output<Schema> | null> {
  try {
    const content = await source.store.read(name, { maxBytes });
    if (content === null) return null;
    return parseJson(schema, Buffer.from(content.bytes).toString('utf8'), { what: name, code: 'malformed-document' });
  } catch (error) {
    // Another look would find the same.
    if (errorCode(error) === 'malformed-document' || errorCode(error) === 'payload-too-large') return null;
    throw error;
  }
}

export interface LogSoFar {
  /** Bytes as the build wrote them: they may end within a character. */
  readonly bytes: Uint8Array;
  /** For the next call's `afterChunk`. */
  readonly lastChunk: number;
  /** More is there already. */
  readonly more: boolean;
}

/** How much of a log is held at once. */
const sliceBytes = 4 * 1024 * 1024;
/** How many slices are asked for before the first has come. */
const slicesAhead = 3;
/** More than anybody's screen takes at once. */
const chunksAtOnce = 500;

/**
 * What a log has after its chunk `afterChunk` (0: from its beginning), whole chunks only: as many as stay within
 * `maxBytes`, and always one if one is there. A chunk whose forerunner is still missing is not there yet.
 */
export async function readLogSoFar(
  source: AttemptSource & { readonly afterChunk: number; readonly maxBytes: number },
): Promise<LogSoFar> {
  const { afterChunk, maxBytes } = source;
  const listed = await listChunks(source, afterChunk, chunksAtOnce);
  const unbroken = listed.filter((chunk, index) => chunk.number === afterChunk + 1 + index);
  let size = 0;
  const chosen = unbroken.filter((chunk, index) => {
    size += chunk.size;
    return index === 0 || size <= maxBytes;
  });
  const limit = Math.max(maxBytes, sliceBytes);
  const parts: Uint8Array[] = [];
  const slices = chosen.map((chunk) => ({ name: chunk.name, start: 0, end: Math.min(chunk.size, limit) }));
  for await (const part of inOrder(slices, slicesAhead, async (slice) => await readSlice(source, slice))) {
    parts.push(part);
  }
  return {
    bytes: Buffer.concat(parts),
    lastChunk: chosen.at(-1)?.number ?? afterChunk,
    more: chosen.length < unbroken.length || listed.length === chunksAtOnce,
  };
}

export interface ArchivedLog {
  /** Never: what the courier had not uploaded yet when it died is not in it. */
  readonly complete: false;
  readonly archived: true;
  readonly bytes: number;
  /** A last line without its end counts. */
  readonly lines: number;
  readonly sha256: string;
}

/**
 * Makes the archived log of an attempt out of its chunks, in place of a courier that died, whatever the log's size with
 * the same little memory. Done twice, it comes to the same.
 * @returns null if there is no chunk
 */
export async function archiveChunks(
  source: AttemptSource & { readonly maxBytes?: number },
): Promise<ArchivedLog | null> {
  const chunks = await listChunks(source, 0);
  if (chunks.length === 0) return null;
  const hash = createHash('sha256');
  let bytes = 0;
  let ends = 0;
  let last: number | undefined;
  const measured = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    const slices = slicesOf(chunks, source.maxBytes ?? Number.POSITIVE_INFINITY);
    for await (const slice of inOrder(slices, slicesAhead, async (wanted) => await readSlice(source, wanted))) {
      hash.update(slice);
      bytes += slice.byteLength;
      ends += countLineEnds(slice);
      last = slice.at(-1) ?? last;
      yield slice;
    }
  };
  await pipeline(measured, createGzip(), async (packed: AsyncIterable<Uint8Array>) => {
    await source.store.write(buildLogName(source), packed, {
      contentType: 'text/plain; charset=utf-8',
      contentEncoding: 'gzip',
    });
  });
  const unended = last === undefined || last === lineEnd ? 0 : 1;
  return { complete: false, archived: true, bytes, lines: ends + unended, sha256: hash.digest('hex') };
}

interface Chunk {
  readonly number: number;
  readonly name: string;
  readonly size: number;
}

async function listChunks(source: AttemptSource, after: number, limit?: number): Promise<Chunk[]> {
  const objects = await source.store.list(livePrefix(source, 'chunk'), {
    after: liveName(source, 'chunk', after),
    limit,
  });
  return objects.flatMap(({ name, size }) => {
    const number = liveNumber(name, 'chunk');
    return number === null ? [] : [{ number, name, size }];
  });
}

interface Slice {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What was listed may be any size: no more than a slice is read at once, and no more than `maxBytes` in all. */
function* slicesOf(chunks: readonly Chunk[], maxBytes: number): Generator<Slice, void, undefined> {
  let left = maxBytes;
  for (const { name, size } of chunks) {
    const wanted = Math.min(size, left);
    left -= wanted;
    for (let start = 0; start < wanted; start += sliceBytes) {
      yield { name, start, end: Math.min(start + sliceBytes, wanted) };
    }
  }
}

async function readSlice(source: AttemptSource, { name, start, end }: Slice): Promise<Uint8Array> {
  if (end <= start) return new Uint8Array();
  const content = await source.store.read(name, { start, end });
  return content?.bytes ?? new Uint8Array();
}

const lineEnd = 0x0a;

function countLineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at !== -1; at = bytes.indexOf(lineEnd, at + 1)) count++;
  return count;
}
