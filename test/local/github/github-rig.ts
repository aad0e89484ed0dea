import { execFile } from 'node:child_process';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { type GitHubOptions, type GitHubServer, startGitHub } from '../../../local/github/server.ts';
import { environment } from '../../../shared/config.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** An answer of the API, read. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface ApiRequest {
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Api = (method: string, path: string, request?: ApiRequest) => Promise<ApiAnswer>;

/** A server of its own for one test, gone after it. */
export async function startForTest(
  options: Partial<GitHubOptions> = {},
): Promise<GitHubServer & { readonly api: Api; readonly stateDir: string }> {
  const stateDir = options.stateDir ?? temporaryFolder();
  const server = await startGitHub({ ...options, stateDir });
  onTestFinished(async () => {
    await server.stop();
  });
  return { ...server, api: createApi(server), stateDir };
}

/** Waits until something holds that comes about by itself. */
export async function eventually<Result>(assertion: () => Result | Promise<Result>): Promise<Result> {
  return await vi.waitFor(assertion, { timeout: 60_000, interval: 20 });
}

/** Asks the API as `demo` unless told otherwise; `token: null` asks as nobody. */
export function createApi(server: Pick<GitHubServer, 'apiUrl' | 'token'>): Api {
  return async (method, path, { token = server.token, body, headers = {} } = {}) => {
    const response = await fetch(path.startsWith('http') ? path : `${server.apiUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(token === null ? {} : { Authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  };
}

const run = promisify(execFile);

export interface GitOutcome {
  readonly code: number;
  readonly output: string;
}

/** Runs the real git, knowing nothing of the person who runs the tests. */
export async function tryGit(folder: string, ...args: string[]): Promise<GitOutcome> {
  const env = {
    PATH: environment()['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ann',
    GIT_AUTHOR_EMAIL: 'ann@example.com',
    GIT_COMMITTER_NAME: 'Ann',
    GIT_COMMITTER_EMAIL: 'ann@example.com',
  };
  try {
    const { stdout, stderr } = await run('git', args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() }).parse(error);
    return { code: failed.code, output: `${failed.stdout}${failed.stderr}`.trim() };
  }
}

export async function git(folder: string, ...args: string[]): Promise<string> {
  const { code, output } = await tryGit(folder, ...args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${output}`);
  return output;
}

/** The clone address with a token in it. */
export function cloneAddress(server: GitHubServer, fullName: string, token: string | null = server.token): string {
  const url = new URL(`${server.gitUrl}/${fullName}.git`);
  if (token !== null) {
    url.username = 'x-access-token';
    url.password = token;
  }
  return url.href;
}

/** Makes a repository with one commit and clones it. */
export async function cloneNew(
  server: GitHubServer,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly folder: string; readonly fullName: string }> {
  const name = z.string().parse(settings['name'] ?? 'app');
  const body = { name, auto_init: true, ...settings };
  const { status } = await createApi(server)('POST', '/user/repos', { body });
  if (status !== 201) throw new Error(`creating ${name} was answered with ${String(status)}`);
  const fullName = `demo/${name}`;
  const folder = temporaryFolder();
  await git(folder, 'clone', '--quiet', cloneAddress(server, fullName), '.');
  return { folder, fullName };
}

/** Commits one empty commit. @returns its SHA */
export async function commit(folder: string, message: string): Promise<string> {
  await git(folder, 'commit', '--quiet', '--allow-empty', '-m', message);
  return await git(folder, 'rev-parse', 'HEAD');
}

/** One request that a webhook's receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly text: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Waits until that many requests of an event have come; resolves with their payloads. */
  payloads(event: string, count: number): Promise<Record<string, unknown>[]>;
}

/** A webhook's receiver that answers as it is told; `hang` never answers. */
export async function startReceiver(
  answer: (request: Received) => { status: number; headers?: Record<string, string>; body?: string } | 'hang' = () => ({
    status: 200,
  }),
): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const what = { headers: request.headers, path: request.url ?? '', text: Buffer.concat(chunks).toString('utf8') };
      received.push(what);
      for (const wake of waiting) wake();
      const told = answer(what);
      if (told !== 'hang') response.writeHead(told.status, told.headers).end(told.body ?? '');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const of = (event: string): Received[] => received.filter(({ headers }) => headers['x-github-event'] === event);
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`,
    received,
    payloads: async (event, count) => {
      while (of(event).length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
      return of(event).map(({ text }) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
    },
  };
}

/** Makes a hook and waits for its ping. @returns its id */
export async function addHook(
  api: Api,
  fullName: string,
  options: {
    readonly url: string;
    readonly events?: readonly string[];
    readonly secret?: string;
    readonly type?: string;
  },
): Promise<number> {
  const answer = await api('POST', `/repos/${fullName}/hooks`, {
    body: {
      config: {
        url: options.url,
        content_type: options.type ?? 'json',
        ...(options.secret === undefined ? {} : { secret: options.secret }),
      },
      events: options.events ?? ['push'],
    },
  });
  return z.object({ id: z.int() }).parse(answer.body).id;
}
