import { countLineEnds } from '../../../shared/attempt/log-index.ts';
import { lineBytes, type LogItem, readLines } from './items.ts';
import { type Extent, endOf, extentOfLine, type OpenLog } from './source.ts';

/** Bytes that are read beside the chunk in which a line begins, at most, and bytes of lines that are answered. */
const besideBytes = 256 * 1024;
const windowBytes = 512 * 1024;
/** The most of one line that is given at once. */
const wholeLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/** A line of the log that can be found by its number. */
interface Place {
  readonly extent: Extent;
  /** Of the extent. */
  readonly bytes: Buffer;
  /** Where the line begins, in the log. */
  readonly offset: number;
}

/** The lines around one: at most so many before it and, with itself, after it. One or two chunks are read for it. */
export async function readAround(
  log: OpenLog,
  wanted: { readonly line: number; readonly before: number; readonly after: number },
): Promise<LogItem[]> {
  const line = Math.min(wanted.line, (log.lines ?? Number.POSITIVE_INFINITY) + 1);
  const place = await find(log, line);
  if (place === null) return [];
  const { extent, bytes, offset } = place;
  const at = offset - extent.offset;
  const before = Math.min(wanted.before, line - 1);
  const start = extent.offset + backwards(bytes, at, before);
  const reach = forwards(bytes, at, wanted.after, windowBytes);
  // What is wanted beyond the chunk is looked for in a bounded part of its neighbours.
  const from = start > extent.offset || before === 0 ? start : Math.max(0, extent.offset - besideBytes / 4);
  const to = reach < bytes.length ? extent.offset + reach : Math.min(log.bytes, endOf(extent) + besideBytes);
  const numbered = (item: LogItem, least: number, most: number): boolean =>
    item.kind === 'lost' || item.number === null || (item.number >= least && item.number < most);
  const held: OpenLog = {
    ...log,
    read: async (each, first = 0, last = each.bytes) =>
      each === extent ? bytes.subarray(first, last) : await log.read(each, first, last),
  };
  const known = { offset, line: line - 1 };
  const [earlier, later] = await Promise.all([
    before === 0 || from >= offset
      ? []
      : readLines(held, { start: from, end: offset }, { limit: before, keep: 'last', known }),
    readLines(held, { start: offset, end: Math.max(to, offset) }, { limit: wanted.after + 1, keep: 'first', known }),
  ]);
  return [
    ...earlier.filter((item) => numbered(item, line - before, line)),
    ...later.filter((item) => numbered(item, line, line + wanted.after)),
  ];
}

/** A line, whatever its length; its end is left out where it is longer than anybody would read. */
export async function readWholeLine(log: OpenLog, line: number): Promise<AsyncGenerator<Uint8Array> | null> {
  const place = log.lines !== null && line > log.lines + 1 ? null : await find(log, line);
  if (place === null || place.offset >= log.bytes || place.extent.lost) return null;
  return rest(log, place);
}

async function* rest(log: OpenLog, { extent, bytes, offset }: Place): AsyncGenerator<Uint8Array> {
  let left = wholeLineBytes;
  let part = bytes.subarray(offset - extent.offset);
  let next = log.extents.indexOf(extent) + 1;
  for (;;) {
    const end = part.indexOf(newline);
    const wanted = part.subarray(0, Math.min(end === -1 ? part.length : end, left));
    left -= wanted.length;
    yield wanted;
    const following = log.extents[next];
    if (end !== -1 || left === 0 || following === undefined || following.lost) return;
    part = await log.read(following);
    next += 1;
  }
}

/** Where a line begins. */
async function find(log: OpenLog, line: number): Promise<Place | null> {
  const extent = log.extents[await extentOfLine(log, line)];
  if (extent === undefined || extent.line === null) return null;
  const bytes = await log.read(extent);
  const at = forwards(bytes, 0, line - 1 - extent.line);
  if (countLineEnds(bytes, 0, at) < line - 1 - extent.line) {
    return extent.lost ? { extent, bytes, offset: extent.offset } : null;
  }
  return { extent, bytes, offset: extent.offset + at };
}

/** Where the line begins that is so many lines after the one that begins at `at`, if not more than `most` is shown of them. */
function forwards(bytes: Buffer, at: number, lines: number, most = Number.POSITIVE_INFINITY): number {
  let position = at;
  let shown = 0;
  for (let count = 0; count < lines && shown < most; count += 1) {
    const end = bytes.indexOf(newline, position);
    if (end === -1) return bytes.length;
    shown += Math.min(end - position, lineBytes);
    position = end + 1;
  }
  return position;
}

/** Where the line begins that is so many lines before the one that begins at `at`. */
function backwards(bytes: Buffer, at: number, lines: number): number {
  let position = at;
  for (let count = 0; count < lines && position > 0; count += 1) {
    position = position < 2 ? 0 : bytes.lastIndexOf(newline, position - 2) + 1;
  }
  return position;
}
