import * as z from 'zod';
import type { Log } from '../../shared/outside/log.ts';
import { createLog } from '../../shared/log.ts';

const Line = z.record(z.string(), z.unknown());

/** A real log whose lines a test can read. */
export function createLogLines(): {
  readonly log: Log;
  readonly text: () => string;
  readonly lines: () => Record<string, unknown>[];
} {
  const written: string[] = [];
  const log = createLog({ service: 'test', destination: { write: (line: string) => written.push(line) } });
  return {
    log,
    text: () => written.join(''),
    lines: () =>
      written
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Line.parse(JSON.parse(line))),
  };
}
