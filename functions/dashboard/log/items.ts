import { countLineEnds } from '../../../shared/attempt/log-index.ts';
import { inBatches } from '../models/batches.ts';
import type { RowLine } from './rows.ts';
import { type Extent, endOf, firstIndex, linesUpTo, type OpenLog } from './source.ts';

/** A line as far as it is shown, and where it lies. */
export interface LogLine extends RowLine {
  readonly kind: 'line';
  /** Where it begins in the log and where the next one does, as far as it was read. */
  readonly offset: number;
  readonly end: number;
}

/** A part of the log that the storage does not have. */
export interface LostPart {
  readonly kind: 'lost';
  readonly offset: number;
  readonly end: number;
  /** The lines that begin in it. */
  readonly from: number | null;
  readonly to: number | null;
}

export type LogItem = LogLine | LostPart;

/** Bytes of a line that are shown. */
export const lineBytes = 4_096;
const newline = 0x0a;

/** Bytes of the log that were read in one go, or could not be. */
interface Stretch {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Line ends before it. */
  readonly line: number | null;
  readonly lost: LostPart | null;
}

/**
 * The lines from one byte of the log to before another. At either end a part of a line is left out, unless it is all
 * there is.
 * @param limit of lines; beyond it those at the `keep` end are taken
 */
export async function readLines(
  log: OpenLog,
  range: { readonly start: number; readonly end: number },
  options: {
    readonly limit: number;
    readonly keep: 'first' | 'last';
    /** Line ends before a byte in the range, where the reader knows. */
    readonly known?: { readonly offset: number; readonly line: number };
  },
): Promise<LogItem[]> {
  // One byte more tells whether a line begins at the start.
  const start = Math.max(0, range.start - 1);
  const stretches = (await readStretches(log, start, range.end)).map((stretch) => numbered(stretch, options.known));
  const items = stretches.flatMap((stretch, index): LogItem[] => {
    if (stretch.lost !== null) return [stretch.lost];
    const first = index === 0 && range.start > 0;
    const last = index === stretches.length - 1 && range.end < log.bytes;
    return linesOf(log, stretch, { first, last, ...options });
  });
  return options.keep === 'first' ? items.slice(0, options.limit) : items.slice(-options.limit);
}

async function readStretches(log: OpenLog, start: number, end: number): Promise<Stretch[]> {
  const { extents } = log;
  const from = firstIndex(extents, (extent) => endOf(extent) > start || (extent.lost && endOf(extent) >= start));
  const to = firstIndex(extents, (extent) => extent.offset >= end);
  const parts = await inBatches(extents.slice(from, to), async (extent) => {
    const first = Math.max(0, start - extent.offset);
    const last = Math.min(extent.bytes, end - extent.offset);
    return { extent, first, last, bytes: await log.read(extent, first, last) };
  });
  const stretches: Stretch[] = [];
  for (const part of parts) {
    const { extent, first, last, bytes } = part;
    const before = stretches.at(-1);
    const offset = extent.offset + first;
    if (bytes.length > 0) {
      if (before === undefined || before.lost !== null) {
        stretches.push({ offset, bytes, line: lineAt(part), lost: null });
      } else {
        stretches[stretches.length - 1] = { ...before, bytes: Buffer.concat([before.bytes, bytes]) };
      }
    }
    if (bytes.length < last - first || extent.lost) {
      stretches.push({ offset, bytes: Buffer.alloc(0), line: null, lost: lostPart(extent, first + bytes.length) });
    }
  }
  return stretches;
}

/** Line ends before the bytes that were read of an extent: counted from whichever end of it is among them. */
function lineAt(part: { readonly extent: Extent; readonly first: number; readonly bytes: Buffer }): number | null {
  const { extent, first, bytes } = part;
  if (first === 0) return extent.line;
  const after = linesUpTo(extent);
  return after === null || first + bytes.length < extent.bytes ? null : after - countLineEnds(bytes);
}

function numbered(stretch: Stretch, known: { readonly offset: number; readonly line: number } | undefined): Stretch {
  const { bytes, offset, line } = stretch;
  if (line !== null || known === undefined || known.offset < offset || known.offset > offset + bytes.length)
    return stretch;
  return { ...stretch, line: known.line - countLineEnds(bytes, 0, known.offset - offset) };
}

function lostPart(extent: Extent, first: number): LostPart {
  const from = extent.line === null ? null : extent.line + 1;
  return { kind: 'lost', offset: extent.offset + first, end: endOf(extent), from, to: linesUpTo(extent) };
}

function linesOf(
  log: OpenLog,
  stretch: Stretch,
  options: { readonly first: boolean; readonly last: boolean; readonly limit: number; readonly keep: 'first' | 'last' },
): LogLine[] {
  const { bytes } = stretch;
  let start = 0;
  let { line } = stretch;
  let inside = false;
  if (options.first) {
    const end = bytes.indexOf(newline);
    inside = end === -1 || end === bytes.length - 1;
    // The byte before, or the part of a line that it belongs to.
    if (!inside || end === 0) {
      start = end + 1;
      inside = false;
      line = line === null ? null : line + 1;
    } else {
      start = 1;
    }
  }
  const bounds = lineBounds(bytes, start, options);
  if (bounds.skipped > 0) inside = false;
  line = line === null ? null : line + bounds.skipped;
  return bounds.lines.flatMap(([from, to], index) => {
    const ended = bytes[to - 1] === newline;
    // The beginning of a line that goes on beyond what was read.
    const goesOn = !ended && options.last && index === bounds.lines.length - 1;
    if (goesOn && bounds.lines.length > 1) return [];
    const number = line === null ? null : line + index + 1;
    const part = { inside: inside && index === 0, goesOn };
    return [shownLine(log, { number, offset: stretch.offset + from, bytes: bytes.subarray(from, to), ...part })];
  });
}

/** Where lines begin and end. Not more than are wanted: there may be one in each byte. */
function lineBounds(
  bytes: Buffer,
  start: number,
  { limit, keep }: { readonly limit: number; readonly keep: 'first' | 'last' },
): { readonly lines: (readonly [number, number])[]; readonly skipped: number } {
  const lines: [number, number][] = [];
  let from = start;
  let skipped = 0;
  if (keep === 'last') {
    from = bytes.length;
    for (let count = 0; count < limit && from > start; count += 1) {
      from = from < 2 ? start : Math.max(start, bytes.lastIndexOf(newline, from - 2) + 1);
    }
    skipped = countLineEnds(bytes, start, from);
  }
  while (from < bytes.length && lines.length < limit + 1) {
    const end = bytes.indexOf(newline, from);
    const to = end === -1 ? bytes.length : end + 1;
    lines.push([from, to]);
    from = to;
  }
  return { lines, skipped };
}

function shownLine(
  log: OpenLog,
  line: {
    readonly number: number | null;
    readonly offset: number;
    readonly bytes: Buffer;
    readonly inside: boolean;
    readonly goesOn: boolean;
  },
): LogLine {
  const { number, offset, inside, goesOn } = line;
  const whole = line.bytes.at(-1) === newline ? line.bytes.subarray(0, -1) : line.bytes;
  const end = offset + line.bytes.length;
  const shown = inside ? whole.subarray(-lineBytes) : whole.subarray(0, lineBytes);
  const more = inside ? 0 : whole.length - shown.length;
  return {
    kind: 'line',
    number,
    offset,
    end,
    // Cut inside of a character, its bytes stand for nothing.
    text: more > 0 ? shown.toString('utf8').replace(/\ufffd+$/, '') : shown.toString('utf8'),
    more,
    part: inside || goesOn,
    at: log.at(offset),
  };
}
