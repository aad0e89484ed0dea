import { readIndex } from '../../../shared/logs/archive.ts';
import { type AttemptRef, buildLogName, liveName, liveNumber, livePrefix } from '../../../shared/attempt/layout.ts';
import { countLineEnds, type LogIndex, type LogTime, unpackTimes } from '../../../shared/attempt/log-index.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { inBatches } from '../models/batches.ts';

/** A part of the log that is one object: a chunk. */
export interface Extent {
  readonly number: number;
  /** Bytes of the log before it, and its own. */
  readonly offset: number;
  readonly bytes: number;
  /** Line ends before it, and its own; null where nobody has counted. */
  readonly line: number | null;
  readonly lines: number | null;
  /** The storage does not have it. */
  readonly lost: boolean;
}

/** An attempt's log as it is now. To open it costs the same few reads whatever its size. */
export interface OpenLog {
  readonly extents: readonly Extent[];
  readonly bytes: number;
  /** Line ends in all; null where nobody has counted. */
  readonly lines: number | null;
  readonly landmarks: LogIndex['landmarks'];
  /** When the byte was printed, to about a second. */
  at(offset: number): Date | null;
  /** Bytes of an extent; fewer than asked for if the storage does not have them. */
  read(extent: Extent, start?: number, end?: number): Promise<Buffer>;
}

export const sourceLimits = {
  /** Up to here a finished log is read in one piece from the archive, where its chunks do not do. */
  archiveBytes: 4 * 1024 * 1024,
  /** Up to here what the index does not know yet is read to be counted. */
  countedBytes: 4 * 1024 * 1024,
  listed: 8_192,
} as const;

/**
 * @param options.archivedBytes the bytes of the finished log in the archive, or null while there is none
 * @param options.counted lines of a log that goes on are counted, as far as the index does not tell them
 */
export async function openLog(
  objects: ObjectStore,
  ref: AttemptRef,
  options: { readonly archivedBytes: number | null; readonly counted: boolean },
): Promise<OpenLog> {
  const { archivedBytes } = options;
  const index = await readIndex({ store: objects, ...ref });
  const indexed = index === null ? [] : extentsOf(index);
  const holes = index === null || index.missing.length > 0;
  if (holes && archivedBytes !== null && archivedBytes <= sourceLimits.archiveBytes) {
    const whole = await objects.read(buildLogName(ref), { maxBytes: sourceLimits.archiveBytes * 2 });
    if (whole !== null) return inMemory(Buffer.from(whole.bytes), index);
  }
  const { extents, times, kept } =
    index?.ended === true
      ? { extents: indexed, times: [], kept: new Map<number, Buffer>() }
      : await unindexed(objects, ref, { indexed, counted: options.counted });
  const known = index === null ? [] : unpackTimes(index.times);
  const newest = known.at(-1)?.offset ?? -1;
  const last = extents.at(-1);
  return {
    extents,
    bytes: endOf(last),
    lines: linesUpTo(last),
    landmarks: index?.landmarks ?? [],
    at: timeTable([...known, ...times.filter(({ offset }) => offset > newest)]),
    async read(extent, start = 0, end = extent.bytes) {
      if (extent.lost || end <= start) return Buffer.alloc(0);
      const held = kept.get(extent.number);
      if (held !== undefined) return held.subarray(start, end);
      return await readChunk(objects, liveName(ref, 'chunk', extent.number), start, end);
    },
  };
}

export function endOf(extent: Extent | undefined): number {
  return extent === undefined ? 0 : extent.offset + extent.bytes;
}

/** Line ends up to the end of an extent. */
export function linesUpTo(extent: Extent | undefined): number | null {
  if (extent === undefined) return 0;
  return extent.line === null || extent.lines === null ? null : extent.line + extent.lines;
}

/** The position of the extent in which a line begins; where nobody has counted, of the first such one. */
export async function extentOfLine(
  { extents, read }: Pick<OpenLog, 'extents' | 'read'>,
  line: number,
): Promise<number> {
  if (line <= 1) return 0;
  // The first one with as many line ends up to its end as there are before the line.
  const index = firstIndex(extents, (extent) => (linesUpTo(extent) ?? Number.POSITIVE_INFINITY) >= line - 1);
  const extent = extents[index];
  if (extent === undefined || linesUpTo(extent) !== line - 1 || index === extents.length - 1) return index;
  // Most chunks end where a line does: the next one begins with the line then.
  const [last] = await read(extent, extent.bytes - 1);
  return last === newline ? index + 1 : index;
}

const newline = 0x0a;

async function readChunk(objects: ObjectStore, name: string, start: number, end: number): Promise<Buffer> {
  const content = await objects.read(name, { start, end });
  return content === null
    ? Buffer.alloc(0)
    : Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.byteLength);
}

function extentsOf(index: LogIndex): Extent[] {
  const missing = new Set(index.missing);
  const extents: Extent[] = [];
  for (const [position, [bytes, lines]] of index.chunks.entries()) {
    const before = extents.at(-1);
    const number = position + 1;
    const line = linesUpTo(before);
    extents.push({ number, offset: endOf(before), bytes, line, lines, lost: missing.has(number) });
  }
  return extents;
}

/** Chunks that came after what the index tells. They are few; so that their lines have numbers they are read. */
async function unindexed(
  objects: ObjectStore,
  ref: AttemptRef,
  { indexed, counted }: { readonly indexed: readonly Extent[]; readonly counted: boolean },
): Promise<{ extents: Extent[]; times: LogTime[]; kept: Map<number, Buffer> }> {
  const after = indexed.length === 0 ? undefined : liveName(ref, 'chunk', indexed.length);
  const listed = await objects.list(livePrefix(ref, 'chunk'), { after, limit: sourceLimits.listed });
  const found = listed.flatMap(({ name, size, modifiedAt }) => {
    const number = liveNumber(name, 'chunk');
    return number === null ? [] : [{ number, name, size, modifiedAt }];
  });
  const kept = new Map<number, Buffer>();
  if (counted && found.reduce((sum, { size }) => sum + size, 0) <= sourceLimits.countedBytes) {
    const read = await inBatches(found, async ({ name, size }) => await readChunk(objects, name, 0, size));
    for (const [position, bytes] of read.entries()) kept.set(found[position]?.number ?? 0, bytes);
  }
  const extents = [...indexed];
  const times: LogTime[] = [];
  for (const { number, size, modifiedAt } of found) {
    const before = extents.at(-1);
    const lost = { offset: endOf(before), bytes: 0, line: linesUpTo(before), lines: null, lost: true };
    if (number !== (before?.number ?? 0) + 1) extents.push({ number: number - 1, ...lost });
    const bytes = kept.get(number);
    const lines = bytes === undefined ? null : countLineEnds(bytes);
    const offset = endOf(before);
    extents.push({ number, offset, bytes: size, line: linesUpTo(extents.at(-1)), lines, lost: false });
    times.push({ offset, second: Math.floor(modifiedAt.getTime() / 1_000) });
  }
  return { extents, times, kept };
}

function inMemory(whole: Buffer, index: LogIndex | null): OpenLog {
  const lines = countLineEnds(whole);
  const extent: Extent = { number: 1, offset: 0, bytes: whole.length, line: 0, lines, lost: false };
  return {
    extents: whole.length === 0 ? [] : [extent],
    bytes: whole.length,
    lines,
    landmarks: index?.landmarks ?? [],
    at: timeTable(index === null ? [] : unpackTimes(index.times)),
    read: async (_, start = 0, end = whole.length) => await Promise.resolve(whole.subarray(start, end)),
  };
}

function timeTable(times: readonly LogTime[]): OpenLog['at'] {
  return (offset) => {
    const next = firstIndex(times, (time) => time.offset > offset);
    const time = times[next - 1];
    return time === undefined ? null : new Date(time.second * 1_000);
  };
}

/** The first item for which it holds, in a list where it holds for all after that one; the list's length if for none. */
export function firstIndex<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
