import type { Clock } from '../../shared/outside/clock.ts';

/**
 * Until when uploads are tried. While the build runs there is no limit; once it is over, what comes last must still
 * find time, so that each kind has its share of the grace.
 */
export interface Patience {
  readonly chunks: AbortSignal;
  readonly archive: AbortSignal;
  readonly evidence: AbortSignal;
  readonly result: AbortSignal;
  /** Nothing more is waited for. */
  end(): void;
}

const shares = { chunks: 0.6, archive: 0.8, evidence: 0.9, result: 0.97 } as const;

/** `stop` begins the grace. */
export function startPatience(options: {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly graceMs: number;
}): Patience {
  const over = new AbortController();
  const after = (share: number): AbortSignal => {
    const controller = new AbortController();
    const begin = () => {
      void options.clock.sleep(options.graceMs * share, over.signal).then(
        () => {
          controller.abort();
        },
        () => {},
      );
    };
    if (options.stop.aborted) begin();
    else options.stop.addEventListener('abort', begin, { once: true });
    return controller.signal;
  };
  return {
    chunks: after(shares.chunks),
    archive: after(shares.archive),
    evidence: after(shares.evidence),
    result: after(shares.result),
    end: () => {
      over.abort();
    },
  };
}
