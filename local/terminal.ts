import { YbError } from '../shared/errors.ts';

/** Ctrl-C comes more than once at a time: from the terminal to every process, and again from npm. */
const oneKeyMilliseconds = 1000;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, and when nobody reads any more what this program writes. What comes after it finds the process ending and changes nothing, but for
 * a Ctrl-C of a person who does not want to wait for that.
 */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    let first: number | null = null;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        const now = performance.now();
        first ??= now;
        if (signal === 'SIGINT' && now - first > oneKeyMilliseconds) process.exit(130);
        resolve();
      });
    }
    // As in `npm run demo | head`: an error that nobody hears ends the process, and with it nobody would end what it started.
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', () => {
        resolve();
      });
    }
  });
}

/** An error as a person reads it; the stack stays where nobody expected the error. */
export function oneLine(error: unknown): string {
  if (error instanceof YbError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
