import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogTime } from '../../shared/attempt/log-index.ts';

/**
 * What a courier has to remember to go on where another of the same attempt was when it died: it may only write to the
 * storage, so it cannot ask what is there. Kept in its own folder, which outlives a container that is started again if
 * it is a volume of the Pod. If it is lost, the courier begins at the log's beginning and at number 1: the archive and
 * the result are right all the same, `chunks` in the result says which numbers count, and without a result the times of
 * the chunks tell an old one from a new one.
 */
export interface CourierState {
  /** The watcher was told that the attempt has started. */
  readonly started: boolean;
  /** Where each chunk ends that was closed; only the last one may not have arrived. */
  readonly chunkEnds: readonly number[];
  /** How many objects of targets were begun. */
  readonly targets: number;
  /** When what was read. */
  readonly times: readonly LogTime[];
  rememberStarted(): void;
  /** Before the closed chunk is uploaded. */
  rememberChunk(end: number): void;
  rememberTargets(): void;
  rememberTime(time: LogTime): void;
}

export function openState(folder: string): CourierState {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'state');
  const lines = readLines(file);
  const remember = (line: string) => {
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
  };
  return {
    started: lines.includes('started'),
    chunkEnds: lines.flatMap((line) => /^chunk (\d+)$/.exec(line)?.slice(1).map(Number) ?? []),
    targets: lines.filter((line) => line === 'targets').length,
    times: lines.flatMap((line) => {
      const match = /^time (\d+) (\d+)$/.exec(line);
      return match === null ? [] : [{ offset: Number(match[1]), second: Number(match[2]) }];
    }),
    rememberStarted: () => {
      remember('started');
    },
    rememberChunk: (end) => {
      remember(`chunk ${end}`);
    },
    rememberTargets: () => {
      remember('targets');
    },
    rememberTime: ({ offset, second }) => {
      remember(`time ${offset} ${second}`);
    },
  };
}

/** Whole lines only: the last one may have been cut off when its writer died. */
function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
