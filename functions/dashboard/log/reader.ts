import { type AttemptRef, liveName } from '../../../shared/attempt/layout.ts';
import type { LogIndex } from '../../../shared/attempt/log-index.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { type LogItem, readLines } from './items.ts';
import { type LogPart, type LiveCursor, readAfter } from './live-part.ts';
import { endOf, openLog, type OpenLog } from './source.ts';
import { readAround, readWholeLine } from './window.ts';

/** As much of a log as a page shows: its first and last lines, and those around one that was asked for. */
export interface LogExcerpt {
  /** In the log's order. What lies between two of them is left out. */
  readonly items: readonly LogItem[];
  /** Of the log so far. */
  readonly bytes: number;
  /** Lines of the log so far; null where nobody has counted. */
  readonly lines: number | null;
  /** Lines in which Bazel says that something failed. */
  readonly landmarks: LogIndex['landmarks'];
  /** Where a live view goes on. */
  readonly cursor: LiveCursor;
}

export interface LogLines {
  readonly items: readonly LogItem[];
  /** Of the log so far; null where nobody has counted. */
  readonly lines: number | null;
}

export const logLimits = {
  headBytes: 16 * 1024,
  headLines: 200,
  tailBytes: 128 * 1024,
  tailLines: 2_000,
  /** Of a log that is many small chunks, the page shows less. */
  headChunks: 4,
  tailChunks: 40,
  /** Around a line that was asked for. */
  contextLines: 100,
  /** The most lines that are answered at once. */
  lines: 1_000,
} as const;

/** Reads an attempt's log in parts. No call reads in proportion to the log. */
export interface LogReader {
  /** `archivedBytes`: the bytes of the finished log in the archive, or null while there is none. */
  excerpt(ref: AttemptRef, archivedBytes: number | null, line?: number | null): Promise<LogExcerpt>;
  /** Lines from this number on; fewer than asked for where lines are long. */
  lines(
    ref: AttemptRef,
    archivedBytes: number | null,
    wanted: { readonly from: number; readonly count: number },
  ): Promise<LogLines>;
  /** One line in pieces, whatever its length up to a limit; null if there is none of this number. */
  line(ref: AttemptRef, archivedBytes: number | null, line: number): Promise<AsyncGenerator<Uint8Array> | null>;
  open(ref: AttemptRef, archivedBytes: number | null): Promise<OpenLog>;
  /** What came after a cursor. Three reads at most, while the log is not fast. */
  after(ref: AttemptRef, cursor: LiveCursor): Promise<LogPart>;
  /** Bytes of the log so far. */
  size(ref: AttemptRef): Promise<number>;
  /** The whole log so far, chunk by chunk. */
  soFar(ref: AttemptRef): AsyncGenerator<Uint8Array>;
}

export function createLogReader(objects: ObjectStore): LogReader {
  const open = async (ref: AttemptRef, archivedBytes: number | null) =>
    await openLog(objects, ref, { archivedBytes, counted: true });
  const openSoFar = async (ref: AttemptRef) => await openLog(objects, ref, { archivedBytes: null, counted: false });
  return {
    open,
    async excerpt(ref, archivedBytes, line = null) {
      const log = await open(ref, archivedBytes);
      const [ends, around] = await Promise.all([
        firstAndLast(log),
        line === null ? [] : readAround(log, { line, before: logLimits.contextLines, after: logLimits.contextLines }),
      ]);
      const last = log.extents.at(-1);
      return {
        items: merged([...ends, ...around]),
        bytes: log.bytes,
        lines: log.lines,
        landmarks: log.landmarks,
        cursor: { chunk: last?.number ?? 0, offset: last?.bytes ?? 0, line: log.lines },
      };
    },
    async lines(ref, archivedBytes, { from, count }) {
      const log = await open(ref, archivedBytes);
      return { items: await readAround(log, { line: from, before: 0, after: count }), lines: log.lines };
    },
    async line(ref, archivedBytes, line) {
      return await readWholeLine(await open(ref, archivedBytes), line);
    },
    after: async (ref, cursor) => await readAfter(objects, ref, cursor),
    size: async (ref) => (await openSoFar(ref)).bytes,
    async *soFar(ref) {
      for (const extent of (await openSoFar(ref)).extents) {
        const content = extent.lost ? null : await objects.read(liveName(ref, 'chunk', extent.number));
        if (content !== null) yield content.bytes;
      }
    },
  };
}

async function firstAndLast(log: OpenLog): Promise<LogItem[]> {
  const { extents, bytes } = log;
  const { headBytes, tailBytes, headLines, tailLines } = logLimits;
  const firstFew = endOf(extents[Math.min(extents.length, logLimits.headChunks) - 1]);
  const lastFew = extents.at(-logLimits.tailChunks)?.offset ?? 0;
  const tailStart = Math.max(lastFew, bytes - tailBytes);
  const headEnd = Math.min(firstFew, headBytes);
  const limits = { limit: tailLines, keep: 'last' } as const;
  const first = async () => await readLines(log, { start: 0, end: headEnd }, { limit: headLines, keep: 'first' });
  if (headEnd < tailStart) {
    return (await Promise.all([first(), readLines(log, { start: tailStart, end: bytes }, limits)])).flat();
  }
  const whole = await readLines(log, { start: 0, end: bytes }, limits);
  // Many short lines: too many for one page, as few as their bytes are.
  return whole.length < tailLines ? whole : [...(await first()), ...whole];
}

/** In the log's order, each once. */
function merged(items: readonly LogItem[]): LogItem[] {
  const result: LogItem[] = [];
  for (const item of items.toSorted((left, right) => left.offset - right.offset)) {
    const before = result.at(-1);
    const again = before !== undefined && before.kind === item.kind && before.offset === item.offset;
    // The same line, of which one read more than the other.
    if (again && before.end < item.end) result[result.length - 1] = item;
    else if (!again && (before === undefined || item.offset >= before.end)) result.push(item);
  }
  return result;
}
