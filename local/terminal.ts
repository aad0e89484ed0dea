import { YbError } from '../shared/errors.ts';

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second SIGINT ends the process at once. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
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
