/** Bytes of a chunk at first, and at most while the log is fast: 500 MB are then some 150 objects, not 2,000. */
export const chunkBytes = { first: 256 * 1024, most: 4 * 1024 * 1024 } as const;

/**
 * A chunk of a slow log is sent again and again while it grows, until it has so many bytes: a build of hours is then a
 * few objects and not one for each second. Of a long log they grow larger, so that there are never too many.
 */
const slowBytes = [64 * 1024, 128 * 1024, 256 * 1024] as const;
const slowChunks = 512;

/** A piece of the log that becomes an object. */
export interface Chunk {
  /** From 1. */
  readonly number: number;
  /** Only good until `release`. */
  readonly bytes: Uint8Array;
  /** The next one has another number. One that is not closed is taken again, and begins with the same bytes then. */
  readonly closed: boolean;
}

/**
 * Cuts a stream of bytes into chunks: at ends of lines where there are some, never inside of a character otherwise.
 * It owns two buffers: while one chunk is on its way, the next one fills.
 */
export interface Chunker {
  /** How many bytes may be pushed before a chunk has to be taken. */
  room(): number;
  push(bytes: Uint8Array): void;
  /** A chunk, if there is a full one. Each has to be released before the next but one is taken. */
  takeFull(): Chunk | null;
  /**
   * A chunk of what there is, if that is more than the last time: whole lines if there are new ones. With `all`,
   * everything, and closed.
   */
  take(options: { readonly all: boolean }): Chunk | null;
  readonly pending: number;
}

const newline = 10;
const reserve = 1024 * 1024;

/**
 * @param options.ends where chunks ended that an earlier courier of this attempt closed: they end there again, so that
 * what is in the storage under a number only ever grows.
 */
export function createChunker(options: {
  readonly ends: readonly number[];
  readonly first?: number;
  readonly most?: number;
}): Chunker {
  const { first = chunkBytes.first, most = chunkBytes.most } = options;
  // Beyond a full chunk there must be room for what a masker held back.
  const capacity = most + reserve;
  let buffer = Buffer.allocUnsafeSlow(capacity);
  let spare = Buffer.allocUnsafeSlow(capacity);
  let used = 0;
  let limit = first;
  let number = 0;
  let start = 0;
  /** What was taken of the next chunk while it was not closed. */
  let shown = 0;

  const cut = (length: number): Chunk => {
    const bytes = buffer.subarray(0, length);
    buffer.copy(spare, 0, length, used);
    [buffer, spare] = [spare, buffer];
    used -= length;
    start += length;
    number += 1;
    shown = 0;
    return { number, bytes, closed: true };
  };
  /** The length that the next chunk has to have, from before; null if there was none. */
  const given = () => {
    const end = options.ends[number];
    return end === undefined ? null : end - start;
  };
  const slow = () => Math.min(first, slowBytes[Math.floor(number / slowChunks)] ?? slowBytes[2]);

  return {
    room: () => Math.max(0, (given() ?? limit) - used),
    push: (bytes) => {
      buffer.set(bytes, used);
      used += bytes.length;
    },
    takeFull: () => {
      const wanted = given();
      if (wanted !== null) return used >= wanted ? cut(wanted) : null;
      if (used < limit) return null;
      const lineEnd = buffer.lastIndexOf(newline, limit - 1) + 1;
      const chunk = cut(lineEnd > Math.max(limit / 2, shown) ? lineEnd : Math.max(shown, characterEnd(buffer, limit)));
      limit = Math.min(most, limit * 2);
      return chunk;
    },
    take: ({ all }) => {
      if (used === 0 || (given() !== null && !all)) return null;
      limit = first;
      if (all) return cut(used);
      const whole = buffer.subarray(0, used);
      const lineEnd = whole.lastIndexOf(newline) + 1;
      const length = lineEnd > shown ? lineEnd : characterEnd(whole, used);
      if (length <= shown) return null;
      if (length >= slow()) return cut(length);
      shown = length;
      return { number: number + 1, bytes: buffer.subarray(0, length), closed: false };
    },
    get pending() {
      return used;
    },
  };
}

/** The most bytes up to `length` that do not end inside of a UTF-8 character; `length` itself if that is no UTF-8. */
function characterEnd(bytes: Uint8Array, length: number): number {
  for (let back = 1; back <= Math.min(3, length); back += 1) {
    const byte = bytes[length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? length - back : length;
  }
  return length;
}
