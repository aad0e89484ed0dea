import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * Kills every process that carries one of the traces in its environment, its command line or its working folder, until none
 * is left. A container takes all that runs in it along when it ends; a process on this machine may have left its group, as
 * Bazel's server does. Whoever sits at a terminal is a person and left alone.
 */
export async function killTraces(traces: readonly string[]): Promise<void> {
  if (traces.length === 0) return;
  const list = process.platform === 'linux' ? listLinux : listOther;
  for (let round = 0; round < maxRounds; round++) {
    const found = (await list()).filter(
      ({ pid, text }) => pid !== process.pid && traces.some((trace) => text.includes(trace)),
    );
    if (found.length === 0) return;
    for (const { pid } of found) kill(pid);
    await delay(pauseMilliseconds);
  }
}

const maxRounds = 50;
const pauseMilliseconds = 20;

interface Found {
  readonly pid: number;
  /** All in which a trace can be. */
  readonly text: string;
}

/** Read in one go and not through the thread pool: the kernel answers at once, and this is on the way of every container's end. */
async function listLinux(): Promise<readonly Found[]> {
  const names = await readdir('/proc');
  return names.filter((name) => /^\d+$/.test(name)).flatMap((pid) => readLinux(pid));
}

function readLinux(pid: string): readonly Found[] {
  const folder = `/proc/${pid}`;
  try {
    // After the name, which may hold anything: state, parent, group, session, terminal (proc_pid_stat(5)).
    const stat = readFileSync(`${folder}/stat`, 'latin1').replace(/^.*\)/s, '').trim().split(' ');
    const [state, , , , terminal] = stat;
    if (state === 'Z' || terminal !== '0') return [];
    const environment = readFileSync(`${folder}/environ`, 'utf8');
    const command = readFileSync(`${folder}/cmdline`, 'utf8');
    return [{ pid: Number(pid), text: `${environment}\0${command}\0${readlinkSync(`${folder}/cwd`)}/` }];
  } catch {
    // It has ended meanwhile, is another user's, or the kernel's own.
    return [];
  }
}

/** macOS: -E prints the environment behind the command. */
async function listOther(): Promise<readonly Found[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-E', '-ww', '-o', 'pid=,tty=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null || !/^\?+$/.test(match[2] ?? '')) return [];
    return [{ pid: Number(match[1]), text: match[3] ?? '' }];
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
