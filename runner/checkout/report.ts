import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { plainText } from './plain-text.ts';

/** What checkout tells the person who reads the run's log. */
export interface Report {
  say(text: string): void;
  close(): void;
}

/** Writes lines into the run's log, which the build goes on with, and to the container's own output. */
export function openReport(options: { readonly file: string; readonly output: (line: string) => void }): Report {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const descriptor = openSync(options.file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o644);
  return {
    say: (text) => {
      const line = `yb: ${plainText(text, 2_000)}\n`;
      writeSync(descriptor, line);
      options.output(line);
    },
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** A duration as people say it. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
