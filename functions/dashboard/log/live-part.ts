import { placeUnit } from '../../../shared/api/live-schemas.ts';
import { readIndex } from '../../../shared/logs/archive.ts';
import { type AttemptRef, liveName } from '../../../shared/attempt/layout.ts';
import { countLineEnds } from '../../../shared/attempt/log-index.ts';
import type { ObjectContent, ObjectStore } from '../../../shared/outside/objects.ts';

/** How far somebody has followed a log: so many bytes of this chunk. */
export interface LiveCursor {
  readonly chunk: number;
  readonly offset: number;
  /** Line ends up to there; null where nobody has counted. */
  readonly line: number | null;
}

/** Chunk and offset as one number, which whoever follows a log hands back as it is. */
export function placeOf({ chunk, offset }: Omit<LiveCursor, 'line'>): number {
  return chunk * placeUnit + Math.min(offset, placeUnit - 1);
}

export function cursorAt(place: number, line: number | null): LiveCursor {
  // At the log's beginning it is clear how many lines are before.
  return { chunk: Math.floor(place / placeUnit), offset: place % placeUnit, line: place === 0 ? 0 : line };
}

export interface LogPart {
  readonly text: string;
  /** Line ends before the text; null where nobody has counted. */
  readonly line: number | null;
  /** Bytes left out before the text. */
  readonly passedOver: number;
  /** A part of the log is missing before the text. */
  readonly lost: boolean;
  /** When the last of it came. */
  readonly at: Date | null;
  readonly cursor: LiveCursor;
  /** There is probably more right now. */
  readonly more: boolean;
}

/** The most that one answer carries. */
export const liveBytes = 256 * 1024;

/**
 * What came after a cursor. The last chunk of a log grows until there is a next one: only then is it certain what it
 * holds, so that the next one is looked for first.
 */
export async function readAfter(objects: ObjectStore, ref: AttemptRef, cursor: LiveCursor): Promise<LogPart> {
  const { chunk, offset } = cursor;
  const next = await objects.read(liveName(ref, 'chunk', chunk + 1), { end: liveBytes });
  const far = next !== null && next.size > liveBytes ? await skipAhead(objects, ref, cursor) : null;
  if (far !== null) return far;
  const rest = chunk === 0 ? null : await objects.read(liveName(ref, 'chunk', chunk), { start: offset });
  const bytes = bufferOf(rest);
  if (next === null) {
    if (bytes.length === 0) return (await pastLost(objects, ref, cursor)) ?? nothing(cursor, false);
    return partOf({ bytes, content: rest, before: cursor.line, end: { chunk, offset: offset + bytes.length } });
  }
  const whole = next.size > liveBytes ? await objects.read(liveName(ref, 'chunk', chunk + 1)) : next;
  const following = bufferOf(whole);
  return partOf({
    bytes: Buffer.concat([bytes, following]),
    content: whole,
    before: cursor.line,
    end: { chunk: chunk + 1, offset: following.length },
    more: true,
  });
}

function nothing(cursor: LiveCursor, more: boolean): LogPart {
  return { text: '', line: cursor.line, passedOver: 0, lost: false, at: null, cursor, more };
}

/** The end of the bytes, as much as one answer carries. */
function partOf(known: {
  readonly bytes: Buffer;
  readonly content: ObjectContent | null;
  /** Line ends before the bytes. */
  readonly before: number | null;
  readonly end: Omit<LiveCursor, 'line'>;
  readonly more?: boolean;
  readonly passedOver?: number;
  readonly lost?: boolean;
}): LogPart {
  const { bytes, before, end, more = false, passedOver = 0, lost = false } = known;
  const shown = lastLines(bytes, liveBytes);
  const skipped = bytes.length - shown.length;
  const line = before === null ? null : before + countLineEnds(bytes, 0, skipped);
  return {
    text: shown.toString('utf8'),
    line,
    passedOver: skipped + passedOver,
    lost,
    at: known.content?.modifiedAt ?? null,
    cursor: { ...end, line: line === null ? null : line + countLineEnds(shown) },
    more,
  };
}

/** A log that is faster than anybody reads: on to the end of what the index knows, if that is ahead. */
async function skipAhead(objects: ObjectStore, ref: AttemptRef, cursor: LiveCursor): Promise<LogPart | null> {
  const chunks = (await readIndex({ store: objects, ...ref }))?.chunks ?? [];
  const last = chunks.at(-1);
  if (last === undefined || chunks.length <= cursor.chunk) return null;
  const [size] = last;
  const wanted = Math.min(size, liveBytes);
  const name = liveName(ref, 'chunk', chunks.length);
  const content = wanted === 0 ? null : await objects.read(name, { start: size - wanted, end: size });
  const bytes = bufferOf(content);
  if (bytes.length < wanted || wanted === 0) return null;
  const followed = cursor.chunk === 0 ? 0 : sum(chunks.slice(0, cursor.chunk - 1), 0) + cursor.offset;
  return partOf({
    bytes,
    content,
    before: sum(chunks, 1) - countLineEnds(bytes),
    end: { chunk: chunks.length, offset: size },
    more: true,
    passedOver: Math.max(0, sum(chunks, 0) - wanted - followed),
  });
}

/** The chunk after one that is missing, if there is one: the log goes on there. */
async function pastLost(objects: ObjectStore, ref: AttemptRef, cursor: LiveCursor): Promise<LogPart | null> {
  const chunk = cursor.chunk + 2;
  const content = await objects.read(liveName(ref, 'chunk', chunk), { end: liveBytes });
  if (content === null) return null;
  // It may have come just now.
  const between = await objects.read(liveName(ref, 'chunk', chunk - 1), { end: 1 });
  if (between !== null) return nothing(cursor, true);
  const chunks = (await readIndex({ store: objects, ...ref }))?.chunks.slice(0, chunk - 1) ?? [];
  const bytes = bufferOf(content);
  return partOf({
    bytes,
    content,
    before: chunks.length === chunk - 1 ? sum(chunks, 1) : null,
    end: { chunk, offset: bytes.length },
    more: true,
    lost: true,
  });
}

function sum(chunks: readonly (readonly [number, number])[], of: 0 | 1): number {
  return chunks.reduce((all, each) => all + each[of], 0);
}

function bufferOf(content: ObjectContent | null): Buffer {
  if (content === null) return Buffer.alloc(0);
  const { bytes } = content;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** At most `limit` bytes of the end, whole lines if there is a line end in them. */
function lastLines(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  const last = bytes.subarray(bytes.length - limit);
  const end = last.indexOf(0x0a);
  return end === -1 || end === last.length - 1 ? last : last.subarray(end + 1);
}
