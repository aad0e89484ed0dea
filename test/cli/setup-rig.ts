import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type GitHubServer, startGitHub } from '../../local/github/server.ts';
import type { UserOption } from '../../local/github/seed.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Environment } from '../../shared/config.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { quietEnvironment, type Ran, runYb, type YbRun } from './run-yb.ts';

/** All that a workspace for every Bazel needs. */
export const allFiles = { 'MODULE.bazel': '', WORKSPACE: '', 'BUILD.bazel': '' };

export interface Hook {
  readonly id: number;
  readonly active: boolean;
  readonly events: string[];
  readonly config: { readonly url: string; readonly content_type: string; readonly insecure_ssl: string };
}

export interface Setting {
  readonly github: GitHubServer;
  readonly server: ApiServer;
  /** The folder of the person. */
  readonly folder: string;
  /** The clone address of `demo/myproject`. */
  readonly url: string;
  /** What `yb` asked with another method than GET, as `METHOD path`, without the two servers' addresses. */
  readonly writes: string[];
  /** The environment in which `yb` finds both servers and demo's token. */
  readonly environment: Environment;
  yb(argv: readonly string[], run?: YbRun): Promise<Ran>;
  /** Asks GitHub as `demo`; rejects unless it answers with 2xx. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Commits these files to `main`, with git and over HTTP, as somebody else. */
  push(files: Readonly<Record<string, string>>): Promise<void>;
  hooks(): Promise<Hook[]>;
  /** The default branch's commit and the names at its root. */
  head(): Promise<{ sha: string; files: string[] }>;
}

/** git, without blocking the server that it talks to, which runs in this process. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const person = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'init.defaultBranch=main'];
  const { stdout } = await promisify(execFile)('git', [...person, ...args], { cwd, env: { ...quietEnvironment() } });
  return stdout.trim();
}

/** GitHub and a yb server, a repository `demo/myproject` with these files (none: it is empty), and an empty folder. */
export async function startSetting(
  options: {
    files?: Readonly<Record<string, string>>;
    users?: readonly UserOption[];
    private?: boolean;
    installed?: boolean;
  } = {},
): Promise<Setting> {
  const stateDir = temporaryFolder();
  const folder = temporaryFolder();
  const github = await startGitHub({ stateDir, users: options.users ?? [] });
  onTestFinished(github.stop);
  const server = await startApiServer({ githubUrl: github.apiUrl, installed: options.installed ?? true });
  onTestFinished(server.close);
  const environment = {
    YB_SERVER: server.url,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_TOKEN: github.token,
    YB_TOKEN: github.appToken,
  };
  const writes: string[] = [];
  const recording: typeof fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const { method = 'GET' } = init ?? {};
    if (method !== 'GET') writes.push(`${method} ${address.replace(github.apiUrl, '').replace(server.url, '')}`);
    return await fetch(input, init);
  };

  const ask: Setting['ask'] = async (method, path, body) => {
    const response = await fetch(`${github.apiUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${github.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : await response.json();
  };
  await ask('POST', '/user/repos', { name: 'myproject', private: options.private ?? false });
  const url = `${github.gitUrl}/demo/myproject.git`;
  const work = temporaryFolder();
  await git(work, 'init', '--quiet');
  await git(work, 'remote', 'add', 'origin', url.replace('://', `://demo:${github.token}@`));
  const push: Setting['push'] = async (files) => {
    for (const [path, content] of Object.entries(files)) await writeFile(join(work, path), content);
    await git(work, 'add', '--force', '.');
    await git(work, 'commit', '--quiet', '--message', `Add ${Object.keys(files).join(', ')}`);
    await git(work, 'push', '--quiet', 'origin', 'HEAD:main');
  };
  if (Object.keys(options.files ?? {}).length > 0) await push(options.files ?? {});

  return {
    github,
    server,
    folder,
    url,
    writes,
    environment,
    yb: async (argv, run = {}) =>
      await runYb(argv, {
        cwd: folder,
        fetch: recording,
        clock: briskClock(),
        ...run,
        environment: { ...environment, ...run.environment },
      }),
    ask,
    push,
    hooks: async () => (await ask('GET', '/repos/demo/myproject/hooks?per_page=100')) as Hook[],
    head: async () => {
      const { sha } = (await ask('GET', '/repos/demo/myproject/commits/main')) as { sha: string };
      await git(work, 'fetch', '--quiet', 'origin', sha);
      return { sha, files: (await git(work, 'ls-tree', '--name-only', sha)).split('\n') };
    },
  };
}

/** The time is the real one, but nobody sleeps for long. */
export function briskClock(): Clock {
  return {
    now: () => new Date(),
    sleep: async (milliseconds, signal) => {
      await delay(Math.min(milliseconds, 20), undefined, signal === undefined ? {} : { signal });
    },
  };
}
