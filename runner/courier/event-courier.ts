import type { Clock } from '../../shared/outside/clock.ts';
import type { EventReader } from '../../shared/bazel/events.ts';
import { type AttemptRef, liveName } from '../../shared/attempt/layout.ts';
import type { TargetsFile } from '../../shared/attempt/result.ts';
import type { Follower } from './follower.ts';
import type { LineSplitter } from './lines.ts';
import { type Masker, maskedJson } from './mask.ts';
import type { CourierState } from './state.ts';
import type { Uploader } from './uploader.ts';

export interface EventCourierOptions {
  readonly attempt: AttemptRef;
  readonly follower: Follower;
  readonly lines: LineSplitter;
  readonly reader: EventReader;
  readonly masker: Masker;
  readonly uploader: Uploader;
  readonly state: CourierState;
  readonly clock: Clock;
  /** Of events that are read at all. */
  readonly maxBytes: number;
  readonly stop: AbortSignal;
  readonly patience: AbortSignal;
  readonly lookMs: number;
  readonly sendMs: number;
}

const windowBytes = 256 * 1024;

/**
 * Follows Bazel's events to their end and sends what became known of targets, at most one object a `sendMs`. What a
 * reader made of them all is in `reader` then; the last changes are not sent, since the whole follows at once.
 */
export async function followEvents(options: EventCourierOptions): Promise<void> {
  const { follower, lines, reader, clock, stop } = options;
  const window = Buffer.allocUnsafeSlow(windowBytes);
  const publish = createPublisher(options);
  let taken = 0;
  let sentAt = 0;

  for (;;) {
    const last = stop.aborted;
    // Another try of Bazel writes a file of its own, and a wrapper may run Bazel twice into one, which it empties in place.
    if (await follower.followReplacement()) lines.reset();
    const read = await follower.read(window);
    if (read === 'refused' || taken > options.maxBytes) break;
    if (read > 0) {
      taken += read;
      lines.push(window.subarray(0, read), (line) => {
        reader.push(line);
      });
      continue;
    }
    if (last) break;
    if (clock.now().getTime() - sentAt >= options.sendMs && (await publish())) sentAt = clock.now().getTime();
    await clock.sleep(options.lookMs, stop).catch(() => {});
  }
  await follower.close();
}

/** Sends what changed since the last time, if anything did. */
function createPublisher(options: EventCourierOptions): () => Promise<boolean> {
  const { attempt, reader, state } = options;
  let failuresSent = 0;
  let number = state.targets;
  return async () => {
    const targets = reader.changed();
    if (targets.length === 0) return false;
    const failures = reader.snapshot().failures.slice(failuresSent);
    failuresSent += failures.length;
    const file: TargetsFile = { v: 1, targets, failures };
    state.rememberTargets();
    number += 1;
    const name = liveName(attempt, 'targets', number);
    const content = maskedJson(options.masker, file);
    await options.uploader.put({ name, contentType: 'application/json', content }, options.patience);
    return true;
  };
}
