import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorCode } from '../errors.ts';
import { parseJson } from '../json.ts';
import { resultLimits, RunResult } from '../attempt/result.ts';
import { inOrder } from './in-order.ts';
import { type AttemptRef, buildLogName, indexName, liveNumber, livePrefix, signalName } from '../attempt/layout.ts';
import { countLineEnds, indexLimits, LogIndex } from '../attempt/log-index.ts';
import type { ObjectStore } from '../outside/objects.ts';

/** An attempt, and where its objects are. */
export interface AttemptSource extends AttemptRef {
  readonly store: ObjectStore;
}

/** When the attempt's courier said that it runs, by the storage's clock; null if it has not. */
export async function hasStarted(source: AttemptSource): Promise<Date | null> {
  const signal = await source.store.read(signalName(source, 'started'), { end: 1 });
  return signal?.modifiedAt ?? null;
}

/**
 * The attempt's result; null if there is none, or none that can be read as this attempt's: it proves nothing then, and
 * another look would find the same.
 */
export async function readResult(source: AttemptSource): Promise<RunResult | null> {
  try {
    const name = signalName(source, 'result');
    const content = await source.store.read(name, { maxBytes: resultLimits.resultBytes });
    if (content === null) return null;
    const text = Buffer.from(content.bytes).toString('utf8');
    const result = parseJson(RunResult, text, { what: name, code: 'malformed-document' });
    return result.runId === source.runId && result.attempt === source.attempt ? result : null;
  } catch (error) {
    if (errorCode(error) === 'malformed-document' || errorCode(error) === 'payload-too-large') return null;
    throw error;
  }
}

/** The attempt's index, as far as there is one that can be read. */
export async function readIndex(source: AttemptSource): Promise<LogIndex | null> {
  try {
    const name = indexName(source);
    const content = await source.store.read(name, { maxBytes: indexLimits.bytes });
    if (content === null) return null;
    return parseJson(LogIndex, Buffer.from(content.bytes).toString('utf8'), { what: name, code: 'malformed-document' });
  } catch (error) {
    // What it says can be found out without it.
    if (errorCode(error) === 'malformed-document' || errorCode(error) === 'payload-too-large') return null;
    throw error;
  }
}

/** How much of a log is held at once. */
const sliceBytes = 4 * 1024 * 1024;
/** How many slices are asked for before the first has come. */
const slicesAhead = 3;

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
 * the same little memory, and the index that leads to its lines. Where a chunk is missing, the log says so. Done twice,
 * it comes to the same.
 * @returns null if there is no chunk
 */
export async function archiveChunks(
  source: AttemptSource & { readonly maxBytes?: number },
): Promise<ArchivedLog | null> {
  const chunks = await listChunks(source);
  if (chunks.length === 0) return null;
  const known = await readIndex(source);
  const hash = createHash('sha256');
  const read = new Map<number, [bytes: number, lineEnds: number]>();
  let bytes = 0;
  let last: number | undefined;
  const measured = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    const slices = slicesOf(chunks, source.maxBytes ?? Number.POSITIVE_INFINITY);
    for await (const { number, slice } of inOrder(
      slices,
      slicesAhead,
      async (wanted) => await readSlice(source, wanted),
    )) {
      hash.update(slice);
      bytes += slice.byteLength;
      const [before, ends] = read.get(number) ?? [0, 0];
      read.set(number, [before + slice.byteLength, ends + countLineEnds(slice)]);
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
  const ends = [...read.values()].reduce((sum, [, count]) => sum + count, 0);
  const unended = last === undefined || last === lineEnd ? 0 : 1;
  await writeIndex(source, joinedIndex(chunks, read, known));
  return { complete: false, archived: true, bytes, lines: ends + unended, sha256: hash.digest('hex') };
}

interface Chunk {
  readonly number: number;
  readonly name: string;
  readonly size: number;
}

/** How far the storage's clocks may be apart. */
const clockSkew = 500;

/**
 * The chunks of the last courier. One that was started again without its memory begins at number 1, and what the one
 * before it had written further on is still there: older than the chunk before it, as nothing is that one courier wrote.
 */
async function listChunks(source: AttemptSource): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let newest = 0;
  for (const { name, size, modifiedAt } of await source.store.list(livePrefix(source, 'chunk'))) {
    const number = liveNumber(name, 'chunk');
    if (number === null) continue;
    if (modifiedAt.getTime() < newest - clockSkew) break;
    newest = modifiedAt.getTime();
    chunks.push({ number, name, size });
  }
  return chunks;
}

interface Slice {
  readonly number: number;
  /** Null for the words that stand in a missing chunk's place. */
  readonly name: string | null;
  readonly start: number;
  readonly end: number;
}

/** What was listed may be any size: no more than a slice is read at once, and no more than `maxBytes` in all. */
function* slicesOf(chunks: readonly Chunk[], maxBytes: number): Generator<Slice, void, undefined> {
  let left = maxBytes;
  let before = 0;
  for (const { number, name, size } of chunks) {
    if (number !== before + 1) yield { number: before + 1, name: null, start: 0, end: 1 };
    before = number;
    const wanted = Math.min(size, left);
    left -= wanted;
    for (let start = 0; start < wanted; start += sliceBytes) {
      yield { number, name, start, end: Math.min(start + sliceBytes, wanted) };
    }
  }
}

const missingWords = Buffer.from('\nyb: a part of the log is missing here\n');

async function readSlice(
  source: AttemptSource,
  { number, name, start, end }: Slice,
): Promise<{ readonly number: number; readonly slice: Uint8Array }> {
  if (name === null) return { number, slice: missingWords };
  const content = end <= start ? null : await source.store.read(name, { start, end });
  return { number, slice: content?.bytes ?? new Uint8Array() };
}

/** What was found in the chunks; for what is missing, what the courier had written of it in its own index. */
function joinedIndex(
  chunks: readonly Chunk[],
  read: ReadonlyMap<number, [bytes: number, lineEnds: number]>,
  known: LogIndex | null,
): LogIndex {
  const sizes = new Map(chunks.map(({ number, size }) => [number, size]));
  const count = chunks.at(-1)?.number ?? 0;
  const joined: LogIndex['chunks'] = [];
  const missing: number[] = [];
  for (let number = 1; number <= Math.min(count, indexLimits.chunks); number += 1) {
    const size = sizes.get(number);
    const found = size === undefined ? undefined : (read.get(number) ?? [0, 0]);
    // Beyond what was read nobody has counted.
    if (found !== undefined && found[0] !== size) break;
    joined.push(found ?? known?.chunks[number - 1] ?? [0, 0]);
    if (found === undefined) missing.push(number);
  }
  return {
    v: 1,
    ended: joined.length === count,
    chunks: joined,
    missing,
    times: known?.times ?? [],
    landmarks: known?.landmarks ?? [],
  };
}

async function writeIndex(source: AttemptSource, index: LogIndex): Promise<void> {
  const content = new Uint8Array(Buffer.from(JSON.stringify(index)));
  await source.store.write(indexName(source), content, { contentType: 'application/json' });
}

const lineEnd = 0x0a;
