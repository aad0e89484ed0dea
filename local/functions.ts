import { appendFile, open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withBackOff } from '../shared/back-off.ts';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { environment } from '../shared/config.ts';
import { type HeldPort, holdPort } from './ports.ts';
import { type ManagedProcess, startProcess } from './processes.ts';
import { untilReady } from './readiness.ts';

export interface FunctionOptions {
  readonly name: string;
  /** The folder of the bundle, with its `package.json`. */
  readonly bundleDir: string;
  /** The name under which the bundle registers the function. */
  readonly target: string;
  readonly signatureType: 'http' | 'cloudevent';
  /** Held until the first instance has it. */
  readonly held: HeldPort;
  /** What the function is told; nothing of this process's environment but PATH and HOME goes with it. */
  readonly env: Readonly<Record<string, string>>;
  /** What it prints is put at the end of this file. */
  readonly logFile: string;
}

export interface RunningFunction {
  readonly url: string;
  stop(): Promise<void>;
}

/** A function has nothing to finish: the framework exits at SIGTERM. */
const graceMilliseconds = 2000;
const restartPauses = { firstMilliseconds: 500, longestMilliseconds: 10_000 } as const;
const host = fileURLToPath(new URL('function-host.ts', import.meta.url));

/**
 * Starts a function from its bundle as the cloud does: the Functions Framework in a process of its own, in the bundle's
 * folder. An instance that crashes is replaced, as there, also by a third one if the second does not come up.
 * @throws YbError `internal` with the end of its log, if it does not come up
 */
export async function startFunction(options: FunctionOptions): Promise<RunningFunction> {
  const { port } = options.held;
  const state = { program: await startInstance(options, options.held) };
  const stopping = new AbortController();
  const { signal } = stopping;
  const note = async (message: string): Promise<void> => {
    await appendFile(options.logFile, `${JSON.stringify({ severity: 'ERROR', message })}\n`);
  };
  const again = {
    ...restartPauses,
    clock: systemClock,
    random: systemRandom,
    signal,
    worthIt: async () => {
      await note('instance did not come up');
      return true;
    },
  };
  const supervised = (async () => {
    while (!signal.aborted) {
      await state.program.exited;
      if (signal.aborted) return;
      await note('instance ended');
      await systemClock.sleep(restartPauses.firstMilliseconds, signal);
      state.program = await withBackOff(async () => await startInstance(options, await holdPort(port)), again);
    }
    await state.program.stop({ graceMilliseconds });
  })().catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      stopping.abort();
      await state.program.stop({ graceMilliseconds });
      await supervised;
    },
  };
}

async function startInstance(options: FunctionOptions, held: HeldPort): Promise<ManagedProcess> {
  const variables = environment();
  const heard = { listening: false };
  const program = await startProcess({
    command: process.execPath,
    args: ['--import', host, frameworkOf(options.bundleDir)],
    cwd: options.bundleDir,
    env: {
      PATH: variables['PATH'] ?? '',
      HOME: variables['HOME'] ?? '/',
      NODE_ENV: 'production',
      LOG_EXECUTION_ID: 'true',
      K_SERVICE: options.name,
      FUNCTION_TARGET: options.target,
      FUNCTION_SIGNATURE_TYPE: options.signatureType,
      PORT: String(held.port),
      ...options.env,
    },
    output: { file: options.logFile },
    onMessage: (message) => {
      if (message === 'listening') heard.listening = true;
    },
  });
  try {
    await program.hand(held.server);
    await held.release();
    await untilReady({
      name: `the function ${options.name}`,
      program,
      ready: () => heard.listening,
      said: async () => await endOf(options.logFile),
    });
    return program;
  } catch (error) {
    await program.stop({ graceMilliseconds });
    // It may have ended before it had the port, which the next one is to have.
    await held.release();
    throw error;
  }
}

/** The framework's program, as the bundle's own folder resolves it: the function registers itself in the same copy. */
function frameworkOf(bundleDir: string): string {
  const main = createRequire(join(bundleDir, 'package.json')).resolve('@google-cloud/functions-framework');
  return join(dirname(main), 'main.js');
}

async function endOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, 4096);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trim();
  } finally {
    await handle.close();
  }
}
