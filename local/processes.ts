import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Server } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { YbError } from '../shared/errors.ts';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** All that the process gets of an environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where stdout and stderr go: to a function, to the end of a file, or nowhere. */
  readonly output?: ((bytes: Buffer) => void) | { readonly file: string };
  /** For a program of Node's: opens its channel to us, and is told what it sends. */
  readonly onMessage?: (message: unknown) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process in a group of its own, so that what it starts ends with it. */
export interface ManagedProcess {
  readonly pid: number;
  /** Resolves when the process has ended; what it started may live on until {@link ManagedProcess.stop}. */
  readonly exited: Promise<Exit>;
  /** Gives a program of Node's, to which a channel is open, a server that listens: it is the handle of a message. */
  hand(server: Server): Promise<void>;
  /** Sends a signal to the process and all of its group. Nothing happens if they are gone. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal to the process alone. */
  signalAlone(signal: NodeJS.Signals): void;
  /** SIGTERM, and after the grace SIGKILL, to the group. Resolves when the process has ended; KILL has then been sent to the rest. */
  stop(options: { readonly graceMilliseconds: number }): Promise<Exit>;
}

/**
 * Starts a program, away from this terminal: an interrupt typed there is for us to pass on.
 * @throws YbError `internal` if it cannot be started
 */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  const { pid, exited, hand } = await spawned(options);
  const signal = (name: NodeJS.Signals): void => {
    send(-pid, name);
  };
  return {
    pid,
    exited,
    hand,
    signal,
    signalAlone: (name) => {
      send(pid, name);
    },
    async stop({ graceMilliseconds }) {
      signal('SIGTERM');
      const waiting = new AbortController();
      const late = delay(graceMilliseconds, undefined, { signal: waiting.signal }).then(
        () => {
          signal('SIGKILL');
        },
        () => undefined,
      );
      const exit = await exited;
      waiting.abort();
      await late;
      signal('SIGKILL');
      return exit;
    },
  };
}

async function spawned(options: ProcessOptions): Promise<Pick<ManagedProcess, 'pid' | 'exited' | 'hand'>> {
  const { output } = options;
  const file = typeof output === 'object' ? await open(output.file, 'a', 0o600) : null;
  try {
    const target = file !== null ? file.fd : output === undefined ? 'ignore' : 'pipe';
    const child = spawn(options.command, options.args, {
      env: { ...options.env },
      detached: true,
      stdio: ['ignore', target, target, ...(options.onMessage === undefined ? [] : ['ipc' as const])],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    // At once: a short program may have ended by the next turn. Not 'close': a daemon that the program left behind may hold
    // its output open for ever.
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    if (options.onMessage !== undefined) child.on('message', options.onMessage);
    if (typeof output === 'function') {
      for (const stream of [child.stdout, child.stderr]) follow(stream, output);
      endWith(child);
    }
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => {
        reject(new YbError('internal', `${options.command} could not be started`, { cause }));
      });
    });
    if (child.pid === undefined) throw new YbError('internal', `${options.command} could not be started`);
    return {
      pid: child.pid,
      exited,
      hand: async (server) => {
        await new Promise<void>((resolve, reject) => {
          child.send('listen here', server, {}, (error) => {
            if (error === null) resolve();
            else reject(error);
          });
        });
      },
    };
  } finally {
    await file?.close();
  }
}

function follow(stream: Readable | null, output: (bytes: Buffer) => void): void {
  stream?.on('data', output);
  // A pipe whose other end is killed may break; the exit says more about it.
  stream?.on('error', () => undefined);
}

/** Lets go of a pipe that a daemon keeps open: what the program itself wrote has come by then. */
function endWith(child: ChildProcess): void {
  child.once('exit', () => {
    setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, 1000).unref();
  });
}

/** Sends a signal to a process, or to a group by its negative number; one that is gone is left alone. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: all of them have ended. EPERM: on macOS, only zombies are left.
  }
}

/** Keeps the end of what a program printed, to be told if it fails. */
export function createTail(limit = 8192): { readonly add: (bytes: Buffer) => void; readonly text: () => string } {
  const state = { end: Buffer.alloc(0) };
  return {
    add: (bytes) => {
      state.end = Buffer.concat([state.end, bytes]).subarray(-limit);
    },
    text: () => state.end.toString('utf8').trim(),
  };
}
