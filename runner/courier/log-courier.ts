import type { Clock } from '../../shared/outside/clock.ts';
import { type AttemptRef, liveName } from '../../shared/attempt/layout.ts';
import type { Archive } from './archive.ts';
import type { Chunk, Chunker } from './chunker.ts';
import type { Follower } from './follower.ts';
import { createIndexPublisher } from './index-publisher.ts';
import { createLogRecord, type LogRecord } from './log-record.ts';
import type { StreamMasker } from './mask.ts';
import type { CourierState } from './state.ts';
import type { Uploader } from './uploader.ts';

export interface LogCourierOptions {
  readonly attempt: AttemptRef;
  readonly follower: Follower;
  readonly masker: StreamMasker;
  readonly chunker: Chunker;
  readonly archive: Archive;
  readonly uploader: Uploader;
  readonly state: CourierState;
  readonly clock: Clock;
  readonly maxLogBytes: number;
  /** Aborted when the build is over: what is in the log then is all there will be. */
  readonly stop: AbortSignal;
  /** Aborted when chunks are no longer waited for; the archive holds them as well. */
  readonly patience: AbortSignal;
  /** How often the log is looked at, and how often what is new is sent. */
  readonly lookMs: number;
  readonly sendMs: number;
}

export interface FollowedLog {
  readonly chunks: number;
  /** What could not be uploaded: chunks, and what leads to them. */
  readonly missing: string[];
  readonly tooLarge: boolean;
  /** What lies in the log's place cannot be read. */
  readonly refused: boolean;
}

const windowBytes = 256 * 1024;

/** Follows the log to its end: masks it, sends it in chunks, archives what was sent and keeps an index of it. */
export async function followLog(options: LogCourierOptions): Promise<FollowedLog> {
  const { follower, masker, chunker, clock, stop, state } = options;
  const window = Buffer.allocUnsafeSlow(windowBytes);
  const record = createLogRecord({ times: state.times });
  const sender = createSender(options, record);
  const publisher = createIndexPublisher(options, record);
  let pushed = 0;
  const push = (bytes: Uint8Array) => {
    chunker.push(bytes);
    pushed += bytes.length;
  };
  const note = () => {
    const time = record.read(pushed, clock.now());
    if (time !== null) state.rememberTime(time);
  };
  let taken = 0;
  let sentAt = 0;
  let end: 'end' | 'too-large' | 'refused' | null = null;

  while (end === null) {
    // Looked at before the log is: what was written before the build ended is read then.
    const last = stop.aborted;
    const room = Math.min(windowBytes, chunker.room(), options.maxLogBytes - taken + 1);
    const read = await follower.read(window.subarray(0, room));
    if (read === 'refused') {
      end = 'refused';
    } else if (read > 0) {
      note();
      const allowed = Math.min(read, options.maxLogBytes - taken);
      masker.push(window.subarray(0, allowed), push);
      taken += allowed;
      if (allowed < read) end = 'too-large';
    } else if (last) {
      end = 'end';
    }
    for (let chunk = chunker.takeFull(); chunk !== null; chunk = chunker.takeFull()) {
      await sender.send(chunk);
      sentAt = clock.now().getTime();
      publisher.look({ closed: true });
    }
    if (read !== 0 || end !== null) continue;
    if (clock.now().getTime() - sentAt >= options.sendMs) {
      const chunk = chunker.take({ all: false });
      if (chunk !== null) {
        await sender.send(chunk);
        sentAt = clock.now().getTime();
        publisher.look(chunk);
      }
    }
    await clock.sleep(options.lookMs, stop).catch(() => {});
  }

  masker.end(push);
  const { maxLogBytes } = options;
  if (end === 'too-large') push(Buffer.from(`\nyb: the log is larger than ${maxLogBytes} bytes and ends here\n`));
  if (end === 'refused') push(Buffer.from('yb: the log is not a regular file any more and is not read\n'));
  for (let chunk = chunker.takeFull(); chunk !== null; chunk = chunker.takeFull()) await sender.send(chunk);
  const rest = chunker.take({ all: true });
  if (rest !== null) await sender.send(rest);
  await sender.settle();
  await follower.close();
  const { chunks, missing } = sender.outcome();
  const unindexed = await publisher.end();
  return { chunks, missing: [...missing, ...unindexed], tooLarge: end === 'too-large', refused: end === 'refused' };
}

/** Sends one chunk at a time, in order, and has the next one filled meanwhile. */
function createSender(options: LogCourierOptions, record: LogRecord) {
  const { attempt, archive, uploader, state } = options;
  const missing: string[] = [];
  let end = 0;
  let chunks = 0;
  let underWay: Promise<unknown> = Promise.resolve();
  // Of those that an earlier courier closed, only the last one may not be there.
  const known = Math.max(0, state.chunkEnds.length - 1);

  const upload = async (chunk: Chunk) => {
    if (chunk.number <= known) return;
    const name = liveName(attempt, 'chunk', chunk.number);
    const content = { name, contentType: 'text/plain; charset=utf-8', content: chunk.bytes };
    // One that is not closed yet is sent again anyway.
    if ((await uploader.put(content, options.patience)) || !chunk.closed) return;
    missing.push(name);
    record.lose(chunk.number);
  };
  return {
    send: async (chunk: Chunk) => {
      await underWay;
      if (chunk.closed) {
        end += chunk.bytes.length;
        chunks = chunk.number;
        const lineEnds = record.close(chunk.bytes);
        if (chunk.number > state.chunkEnds.length) state.rememberChunk(end);
        underWay = Promise.all([upload(chunk), archive.write(chunk.bytes, lineEnds)]);
      } else {
        underWay = upload(chunk);
      }
      underWay.catch(() => {
        // Waited for by the next one, or by `settle`.
      });
    },
    settle: async () => {
      await underWay;
    },
    outcome: () => ({ chunks, missing }),
  };
}
