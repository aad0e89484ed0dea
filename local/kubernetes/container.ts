import { constants as fsConstants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Clock } from '../../shared/outside/clock.ts';
import { type Exit, type ManagedProcess, startProcess } from '../processes.ts';
import { type TerminatedState, wireTime } from './objects.ts';
import { killTraces } from './reaper.ts';

/** How a container becomes a process. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly terminationFile: string;
  /** What tells a process of this container from all others. */
  readonly traces: readonly string[];
  readonly output: (bytes: Buffer) => void;
}

export interface RunningContainer {
  readonly startedAt: string;
  /** Resolves when nothing of the container is left running. */
  readonly ended: Promise<TerminatedState>;
  /** SIGTERM to its first process, as a kubelet sends it. */
  terminate(): void;
  /** SIGKILL to all of it. */
  kill(): void;
}

/** Kubernetes keeps this much of a termination message. */
const messageLimit = 4096;

export async function startContainer(launch: Launch, clock: Clock): Promise<RunningContainer> {
  const startedAt = wireTime(clock.now());
  await writeFile(launch.terminationFile, '', { mode: 0o600 });
  const program = await startProcess(launch).catch((error: unknown) => String(error));
  if (typeof program === 'string') {
    const finishedAt = wireTime(clock.now());
    return {
      startedAt,
      ended: Promise.resolve({ exitCode: 128, reason: 'StartError', message: program, startedAt, finishedAt }),
      terminate: () => undefined,
      kill: () => undefined,
    };
  }
  return {
    startedAt,
    ended: endOf(program, { launch, clock, startedAt }),
    terminate: () => {
      program.signalAlone('SIGTERM');
    },
    kill: () => {
      program.signal('SIGKILL');
    },
  };
}

async function endOf(
  program: ManagedProcess,
  { launch, clock, startedAt }: { readonly launch: Launch; readonly clock: Clock; readonly startedAt: string },
): Promise<TerminatedState> {
  const exit = await program.exited;
  program.signal('SIGKILL');
  await killTraces(launch.traces);
  const message = await lastWords(launch.terminationFile);
  const exitCode = exitCodeOf(exit);
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...(message === '' ? {} : { message }),
    startedAt,
    finishedAt: wireTime(clock.now()),
  };
}

function exitCodeOf({ code, signal }: Exit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** The end of the termination message. A link in its place is not followed. */
async function lastWords(file: string): Promise<string> {
  try {
    const handle = await open(file, fsConstants.O_RDONLY | fsConstants.O_NOFOLLOW | fsConstants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return '';
      const length = Math.min(stat.size, messageLimit);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, stat.size - length);
      return buffer.subarray(0, bytesRead).toString('utf8');
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
