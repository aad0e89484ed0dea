import { countLineEnds, indexLimits, type LogIndex, type LogTime, packTimes } from '../../shared/attempt/log-index.ts';

/** Keeps what leads to the log's lines later: how many are in each chunk, when they came, and where something failed. */
export interface LogRecord {
  /**
   * What follows this byte is read now.
   * @returns the time, if it is to be remembered: once a second
   */
  read(offset: number, now: Date): LogTime | null;
  /** @returns how many line ends are in the chunk; each is told once, in order. */
  close(bytes: Uint8Array): number;
  /** The storage did not take this chunk. */
  lose(number: number): void;
  index(options: { readonly ended: boolean }): LogIndex;
}

/** What Bazel begins a line with when something went wrong. */
const alarms = ['ERROR: ', 'FATAL: ', 'FAIL: ', 'TIMEOUT: '].map((word) => Buffer.from(word));
/** So often a chunk is looked at: a log full of the word costs no more. */
const looksPerChunk = 500;
const newline = 10;

/** @param options.times what an earlier courier of the attempt remembered */
export function createLogRecord(options: { readonly times: readonly LogTime[] }): LogRecord {
  const times = [...options.times];
  const chunks: LogIndex['chunks'] = [];
  const missing: number[] = [];
  const landmarks: LogIndex['landmarks'] = [];
  let lines = 0;
  let tooMany = false;

  return {
    read: (offset, now) => {
      const last = times.at(-1);
      const second = Math.floor(now.getTime() / 1_000);
      if (last !== undefined && (offset <= last.offset || second <= last.second)) return null;
      const time = { offset, second };
      times.push(time);
      return time;
    },
    close: (bytes) => {
      let counted = 0;
      let from = 0;
      for (const { at, end } of alarmsIn(bytes, indexLimits.landmarks - landmarks.length)) {
        counted += countLineEnds(bytes, from, at);
        from = at;
        landmarks.push({ line: lines + counted + 1, text: plainText(bytes.subarray(at, end)) });
      }
      counted += countLineEnds(bytes, from);
      lines += counted;
      if (chunks.length < indexLimits.chunks) chunks.push([bytes.length, counted]);
      else tooMany = true;
      return counted;
    },
    lose: (number) => {
      if (number <= indexLimits.chunks) missing.push(number);
    },
    index: ({ ended }) => ({
      v: 1,
      ended: ended && !tooMany,
      chunks: [...chunks],
      missing: [...missing],
      times: packTimes(times),
      landmarks: [...landmarks],
    }),
  };
}

/** The first lines that begin with an alarm, colours aside: where they begin, and where what is kept of them ends. */
function alarmsIn(bytes: Uint8Array, most: number): { readonly at: number; readonly end: number }[] {
  if (most <= 0) return [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<number, { readonly at: number; readonly end: number }>();
  for (const alarm of alarms) {
    let at = buffer.indexOf(alarm);
    for (let looks = 0; at !== -1 && looks < looksPerChunk; looks += 1) {
      const start = lineStart(buffer, at);
      if (start !== null) {
        const lineEnd = buffer.indexOf(newline, at);
        found.set(start, { at: start, end: Math.min(lineEnd === -1 ? buffer.length : lineEnd, start + 1_024) });
      }
      at = buffer.indexOf(alarm, at + alarm.length);
    }
  }
  return [...found.values()].toSorted((left, right) => left.at - right.at).slice(0, most);
}

/** Where the line begins, if nothing but colours stands before `at` in it. */
function lineStart(buffer: Buffer, at: number): number | null {
  const nearest = Math.max(0, at - 32);
  const before = buffer.subarray(nearest, at).lastIndexOf(newline);
  const start = before === -1 ? nearest : nearest + before + 1;
  if (before === -1 && nearest > 0) return null;
  // eslint-disable-next-line no-control-regex -- the character in question
  return /^(?:\u001b\[[0-9;]*m)*$/.test(buffer.toString('latin1', start, at)) ? start : null;
}

function plainText(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString('utf8')
      // eslint-disable-next-line no-control-regex -- the characters in question
      .replaceAll(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
      // eslint-disable-next-line no-control-regex -- the characters in question
      .replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
      .slice(0, indexLimits.text)
      .toWellFormed()
      .trimEnd()
  );
}
