import { type AttemptRef, buildLogName, liveName, liveNumber, livePrefix } from '../../../shared/logs/layout.ts';
import type { ObjectStore } from '../../../shared/logs/object-store.ts';
import { inBatches } from '../batches.ts';

/** The first and the last part of a log, as much as a page shows. */
export interface LogExcerpt {
  readonly head: string;
  /** The whole log if nothing was passed over. */
  readonly tail: string;
  /** Bytes between the two. */
  readonly passedOver: number;
  readonly bytes: number;
  /** The number of the last chunk that is in it: where a live view goes on. */
  readonly chunk: number;
}

export interface LogPart {
  readonly text: string;
  readonly passedOver: number;
  readonly chunk: number;
  /** There is probably more right now. */
  readonly more: boolean;
}

export const logLimits = {
  headBytes: 16 * 1024,
  tailBytes: 128 * 1024,
  /** A slow log is many small chunks: of more than these, the page shows less. */
  headChunks: 4,
  tailChunks: 40,
  /** Up to here a finished log is read in one piece from the archive. */
  archiveBytes: 4 * 1024 * 1024,
  /** The most that one live answer carries. */
  liveBytes: 256 * 1024,
} as const;

interface Chunk {
  readonly number: number;
  readonly size: number;
}

/** Reads an attempt's log out of its chunks, never more of it than is shown. */
export interface LogReader {
  /** `archived`: the bytes of the finished log in the archive, or null while there is none. */
  excerpt(ref: AttemptRef, archived: number | null): Promise<LogExcerpt>;
  /** What came after a chunk. Two reads at most. */
  after(ref: AttemptRef, chunk: number): Promise<LogPart>;
  /** Bytes of the log so far. */
  size(ref: AttemptRef): Promise<number>;
  /** The whole log so far, chunk by chunk. */
  soFar(ref: AttemptRef): AsyncGenerator<Uint8Array>;
}

export function createLogReader(objects: ObjectStore): LogReader {
  const chunksOf = async (ref: AttemptRef): Promise<Chunk[]> => {
    const found = await objects.list(livePrefix(ref, 'chunk'));
    return found.flatMap(({ name, size }) => {
      const number = liveNumber(name, 'chunk');
      return number === null ? [] : [{ number, size }];
    });
  };
  const readChunk = async (ref: AttemptRef, number: number): Promise<Uint8Array | null> => {
    const content = await objects.read(liveName(ref, 'chunk', number));
    return content?.bytes ?? null;
  };
  const join = async (ref: AttemptRef, chunks: readonly Chunk[]): Promise<Buffer> => {
    const parts = await inBatches(chunks, async ({ number }) => await readChunk(ref, number));
    return Buffer.concat(parts.filter((part) => part !== null));
  };
  const fromArchive = async (ref: AttemptRef): Promise<LogExcerpt | null> => {
    const whole = await objects.read(buildLogName(ref), { maxBytes: logLimits.archiveBytes * 2 });
    return whole === null ? null : cut(Buffer.from(whole.bytes));
  };
  return {
    async excerpt(ref, archived) {
      if (archived !== null && archived <= logLimits.archiveBytes) {
        const excerpt = await fromArchive(ref);
        if (excerpt !== null) return excerpt;
      }
      const chunks = await chunksOf(ref);
      const last = atTheEnd(chunks);
      const rest = chunks.slice(0, chunks.length - last.length);
      const first = atTheStart(rest);
      const [head, tail] = await Promise.all([join(ref, first), join(ref, last)]);
      const bytes = sum(chunks);
      const chunk = chunks.at(-1)?.number ?? 0;
      const whole = rest.length === first.length && rest.length === 0;
      if (whole && tail.length <= logLimits.headBytes + logLimits.tailBytes) {
        return { head: '', tail: text(tail), passedOver: 0, bytes, chunk };
      }
      const shownHead = lineWise(head.length === 0 ? tail : head, logLimits.headBytes, 'start');
      const shownTail = lineWise(tail, logLimits.tailBytes, 'end');
      const passedOver = Math.max(0, bytes - shownHead.length - shownTail.length);
      return { head: text(shownHead), tail: text(shownTail), passedOver, bytes, chunk };
    },
    async after(ref, chunk) {
      const first = await readChunk(ref, chunk + 1);
      if (first === null) return { text: '', passedOver: 0, chunk, more: false };
      const second = first.length > logLimits.liveBytes ? null : await readChunk(ref, chunk + 2);
      const joined = Buffer.concat(second === null ? [first] : [first, second]);
      const shown = lineWise(joined, logLimits.liveBytes, 'end');
      return {
        text: text(shown),
        passedOver: joined.length - shown.length,
        chunk: chunk + (second === null ? 1 : 2),
        more: second !== null || first.length > logLimits.liveBytes,
      };
    },
    size: async (ref) => sum(await chunksOf(ref)),
    async *soFar(ref) {
      for (const { number } of await chunksOf(ref)) {
        const bytes = await readChunk(ref, number);
        if (bytes !== null) yield bytes;
      }
    },
  };
}

/** A log in hand, cut as {@link LogExcerpt} says. */
function cut(whole: Buffer): LogExcerpt {
  const { headBytes, tailBytes } = logLimits;
  const bytes = whole.length;
  if (bytes <= headBytes + tailBytes) return { head: '', tail: text(whole), passedOver: 0, bytes, chunk: 0 };
  const head = lineWise(whole, headBytes, 'start');
  const tail = lineWise(whole, tailBytes, 'end');
  return { head: text(head), tail: text(tail), passedOver: bytes - head.length - tail.length, bytes, chunk: 0 };
}

function atTheEnd(chunks: readonly Chunk[]): Chunk[] {
  let size = 0;
  let from = chunks.length;
  while (from > 0 && chunks.length - from < logLimits.tailChunks && size < logLimits.tailBytes) {
    from -= 1;
    size += chunks[from]?.size ?? 0;
  }
  return chunks.slice(from);
}

function atTheStart(chunks: readonly Chunk[]): Chunk[] {
  let size = 0;
  let to = 0;
  while (to < Math.min(chunks.length, logLimits.headChunks) && size < logLimits.headBytes) {
    size += chunks[to]?.size ?? 0;
    to += 1;
  }
  return chunks.slice(0, to);
}

/** At most `limit` bytes from one end, whole lines if there is a line end in them. */
function lineWise(bytes: Buffer, limit: number, from: 'start' | 'end'): Buffer {
  if (bytes.length <= limit) return bytes;
  if (from === 'start') {
    const part = bytes.subarray(0, limit);
    const end = part.lastIndexOf(0x0a);
    return end === -1 ? part : part.subarray(0, end + 1);
  }
  const part = bytes.subarray(bytes.length - limit);
  const end = part.indexOf(0x0a);
  return end === -1 || end === part.length - 1 ? part : part.subarray(end + 1);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function sum(chunks: readonly Chunk[]): number {
  return chunks.reduce((total, { size }) => total + size, 0);
}
