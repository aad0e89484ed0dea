import { PassThrough, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from '../../cli/command.ts';
import { commands as allCommands } from '../../cli/commands.ts';
import { runCommandLine } from '../../cli/main.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { systemRandom } from '../../shared/clock.ts';
import { environment as ownEnvironment, type Environment } from '../../shared/config.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface YbRun {
  readonly commands?: readonly Command[];
  readonly environment?: Environment;
  readonly cwd?: string;
  /** What is piped into stdin, which ends then; null leaves it open. */
  readonly input?: string | null;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly stdoutIsTTY?: boolean;
  readonly stdinIsTTY?: boolean;
  /** Told of what is printed, while it is. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line in this process. Nothing of the machine's user or of git's configuration has a part in it. */
export async function runYb(argv: readonly string[], run: YbRun = {}): Promise<Ran> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const input = run.input === undefined ? '' : run.input;
  const code = await runCommandLine(
    {
      argv,
      environment: { ...quietEnvironment(), ...run.environment },
      cwd: run.cwd ?? '/',
      io: {
        stdin: input === null ? new PassThrough() : Readable.from(input === '' ? [] : [input]),
        stdout: {
          write: (text) => {
            const words = typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
            stdout.push(words);
            run.onOutput?.(words);
          },
        },
        stderr: { write: (text) => stderr.push(String(text)) },
        isTTY: run.stdinIsTTY ?? false,
        stdoutIsTTY: run.stdoutIsTTY ?? false,
      },
      clock: run.clock ?? hastyClock(),
      random: systemRandom,
      fetch: run.fetch ?? globalThis.fetch,
      signal: run.signal ?? new AbortController().signal,
    },
    run.commands ?? allCommands,
  );
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

/** An environment in which git knows nobody and has no configuration but its own defaults. */
export function quietEnvironment(): Environment {
  return {
    PATH: ownEnvironment()['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
}

/** Sleeps pass at once on its hands, and leave only a moment for what really goes on. */
export function hastyClock(): Clock {
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => new Date(now),
    sleep: async (milliseconds, signal) => {
      now += milliseconds;
      await delay(10, undefined, signal === undefined ? {} : { signal });
    },
  };
}
