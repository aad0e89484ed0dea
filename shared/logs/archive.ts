import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { errorCode } from '../errors.ts';
import { parseJson } from '../json.ts';
import { resultLimits, RunResult } from '../run/result.ts';
import { inOrder } from './in-order.ts';
import { type AttemptRef, buildLogName, liveNumber, livePrefix, signalName } from './layout.ts';
import type { ObjectStore } from './object-store.ts';

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
 * the same little memory. Done twice, it comes to the same.
 * @returns null if there is no chunk
 */
export async function archiveChunks(
  source: AttemptSource & { readonly maxBytes?: number },
): Promise<ArchivedLog | null> {
  const chunks = await listChunks(source);
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
  readonly name: string;
  readonly size: number;
}

async function listChunks(source: AttemptSource): Promise<Chunk[]> {
  const objects = await source.store.list(livePrefix(source, 'chunk'));
  return objects.filter(({ name }) => liveNumber(name, 'chunk') !== null);
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
