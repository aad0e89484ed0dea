import { YbError } from '../shared/errors.ts';

/** Ctrl-C comes more than once at a time: from the terminal to every process, and again from npm. */
const oneKeyMilliseconds = 1000;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP. What comes after it finds the process ending and changes nothing, but for
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
  });
}

/** An error as a person reads it; the stack stays where nobody expected the error. */
export function oneLine(error: unknown): string {
  if (error instanceof YbError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
