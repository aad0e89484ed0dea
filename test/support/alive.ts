import { spawnSync } from 'node:child_process';

/** Whether a process runs. One that has ended and that nobody has asked about yet does not. */
export function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
