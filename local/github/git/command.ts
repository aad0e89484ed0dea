import { spawn } from 'node:child_process';
import type { Environment } from '../../../shared/config.ts';

/** How git ended: with a code, and what it printed. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface GitCall {
  /** The bare repository. */
  readonly directory: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes beside 0 that are an answer and not a failure. */
  readonly expected?: readonly number[];
}

/** Runs git in a bare repository. @throws Error with git's own words if it ends in a way that was not expected */
export type Git = (call: GitCall) => Promise<GitResult>;

/** The environment of every git of this server: nothing of the person who started it reaches it. */
export function gitEnvironment(environment: Environment): Record<string, string> {
  return {
    PATH: environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
}

const maxOutputBytes = 256 * 1024 * 1024;

export function createGit(options: { readonly environment: Readonly<Record<string, string>> }): Git {
  return async (call) => {
    const child = spawn('git', ['--git-dir', call.directory, ...call.args], {
      env: { ...options.environment, ...call.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutputBytes) child.kill('SIGKILL');
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A git that ends before it has read everything is judged by its exit code alone.
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input ?? '');

    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => {
        resolve(exitCode ?? -1);
      });
    });
    const result = { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') };
    if (code !== 0 && !(call.expected ?? []).includes(code)) {
      throw new Error(`git ${call.args[0] ?? ''} ended with ${String(code)}: ${result.stderr.trim()}`);
    }
    return result;
  };
}
