import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface VolumeLock {
  release(): Promise<void>;
}

/**
 * The second lock of a volume, for storage that has none of its own (Kubernetes' ReadWriteOncePod): `flock` on a file.
 * The kernel holds it for a child process that ends with ours, however ours ends, so that it is never stale. The build
 * script takes the same lock for its own time. Where the machine has no `flock` (macOS), the lease and the epoch
 * stand alone: null.
 * @returns `busy` if another process holds it
 */
export async function lockVolume(options: {
  readonly file: string;
  readonly path: string;
}): Promise<VolumeLock | 'busy' | null> {
  const child = spawn('flock', ['-n', options.file, 'cat'], {
    env: { PATH: options.path },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<'busy' | null>((resolve) => {
    child.once('error', () => {
      resolve(null);
    });
    child.once('exit', () => {
      resolve('busy');
    });
  });
  // `cat` gives the byte back only after `flock` has let it start.
  child.stdin.on('error', () => {
    // It ended first, which `exit` tells.
  });
  child.stdin.write('.');
  const outcome = await Promise.race([ended, once(child.stdout, 'data').then(() => 'held' as const)]);
  if (outcome !== 'held') return outcome;
  return {
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
