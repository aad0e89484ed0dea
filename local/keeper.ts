import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { environment } from '../shared/config.ts';
import { killTraces } from './kubernetes/reaper.ts';

/** Sees to it that nothing of a local system outlives it, however it ends: it may be killed, and then ends nothing itself. */
export interface Keeper {
  stop(): Promise<void>;
}

/**
 * Starts a process that waits for this one to end, and then kills every process that carries one of the traces. It learns
 * of the end from a pipe, which the kernel closes for whoever dies.
 */
export async function startKeeper(traces: readonly string[]): Promise<Keeper> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...traces], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A Ctrl-C at the terminal is for the system, and so is what a person does to its group.
    detached: true,
    env: { PATH: environment()['PATH'] ?? '' },
  });
  await once(child, 'spawn');
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

if (import.meta.main) {
  process.stdin.resume();
  await once(process.stdin, 'close');
  await killTraces(process.argv.slice(2));
}
