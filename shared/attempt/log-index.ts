import * as z from 'zod';

/**
 * `index.json` of an attempt: where in the log's chunks each line stands and when it was printed, so that a reader finds
 * any part by one small read and reads nothing else. The courier writes it while the log grows; of a courier that died
 * the watcher makes it from the chunks. It says nothing that a verdict depends on, and is foreign to whoever reads it.
 */
export const indexLimits = {
  /** Of the file. */
  bytes: 768 * 1024,
  chunks: 8_192,
  times: 16_384,
  landmarks: 100,
  text: 200,
} as const;

const Count = z
  .int()
  .min(0)
  .max(2 ** 48);

export const LogIndex = z.object({
  v: z.literal(1),
  /** All chunks are in it, and nothing more will come. */
  ended: z.boolean(),
  /** Bytes and line ends of each chunk that will not grow any more, from number 1. */
  chunks: z.array(z.tuple([Count, Count])).max(indexLimits.chunks),
  /** Numbers of chunks that the storage does not have, or not all of. */
  missing: z.array(z.int().min(1).max(999_999)).max(indexLimits.chunks),
  /** What follows a byte of the log was printed at a second, or later: both as the distance from the pair before. */
  times: z.array(z.tuple([Count, Count])).max(indexLimits.times),
  /** The first lines in which Bazel says that something failed: the line's number and its text without colours. */
  landmarks: z
    .array(z.object({ line: z.int().min(1), text: z.string().max(indexLimits.text) }))
    .max(indexLimits.landmarks),
});
export type LogIndex = z.output<typeof LogIndex>;

/** When the bytes from `offset` on were printed, to about a second. */
export interface LogTime {
  readonly offset: number;
  /** Seconds since 1970. */
  readonly second: number;
}

/** As the index holds them. Of too many, every second one is let go until they fit. */
export function packTimes(times: readonly LogTime[]): LogIndex['times'] {
  let kept = times;
  while (kept.length > indexLimits.times) kept = kept.filter((_, index) => index % 2 === 0);
  let before: LogTime = { offset: 0, second: 0 };
  return kept.map((time) => {
    const pair: [number, number] = [time.offset - before.offset, Math.max(0, time.second - before.second)];
    before = { offset: time.offset, second: before.second + pair[1] };
    return pair;
  });
}

export function unpackTimes(times: LogIndex['times']): LogTime[] {
  let offset = 0;
  let second = 0;
  return times.map(([bytes, seconds]) => {
    offset += bytes;
    second += seconds;
    return { offset, second };
  });
}

const newline = 0x0a;

/** Line ends from `start` to before `end`. By index: an iterator would make garbage of every byte. */
export function countLineEnds(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let count = 0;
  for (let index = start; index < end; index += 1) if (bytes[index] === newline) count += 1;
  return count;
}
