import type { Clock } from '../../shared/outside/clock.ts';
import { type AttemptRef, indexName } from '../../shared/attempt/layout.ts';
import type { LogRecord } from './log-record.ts';
import type { Uploader } from './uploader.ts';

interface PublisherOptions {
  readonly attempt: AttemptRef;
  readonly uploader: Uploader;
  readonly clock: Clock;
  readonly patience: AbortSignal;
  readonly sendMs: number;
}

/** With a chunk that only grew, nothing but times is new. */
const grownFactor = 5;

/** Sends the log's index beside its chunks and never holds them up: while one is on its way, the next one waits. */
export function createIndexPublisher(options: PublisherOptions, record: LogRecord) {
  const { attempt, uploader, clock, patience, sendMs } = options;
  const name = indexName(attempt);
  let underWay: Promise<unknown> | null = null;
  let sentAt = 0;

  const put = async (ended: boolean): Promise<boolean> => {
    // Numbers, and text that was masked as part of the log.
    const content = Buffer.from(JSON.stringify(record.index({ ended })));
    return await uploader.put({ name, contentType: 'application/json', content }, patience);
  };
  return {
    look: ({ closed }: { readonly closed: boolean }): void => {
      const now = clock.now().getTime();
      if (underWay !== null || now - sentAt < (closed ? sendMs : sendMs * grownFactor)) return;
      sentAt = now;
      underWay = put(false)
        .catch(() => false)
        .finally(() => {
          underWay = null;
        });
    },
    /** @returns what could not be uploaded */
    end: async (): Promise<string[]> => {
      await underWay;
      return (await put(true)) ? [] : [name];
    },
  };
}
