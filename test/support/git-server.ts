import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { environment } from '../../shared/config.ts';
import { listen } from './http.ts';
import { createLfsServer, type LfsServer } from './lfs-server.ts';

export type Rule = 'open' | 'hidden' | 'open to strangers';

export interface GitServer {
  /** The clone URL of a repository below the server's root. */
  url(repository: string): string;
  /** Method, path and `authorization` of each request so far. */
  readonly requests: { method: string; path: string; authorization: string | undefined }[];
  /** What Git LFS keeps beside the repositories. */
  readonly lfs: LfsServer;
  /** From now on, repositories whose path begins so are for everybody, or for nobody, or for nobody who shows a token. */
  rule(prefix: string, rule: Rule): void;
  /** Answers every request from now on with this status; null: git's own answer. */
  answerWith(status: number | null, headers?: Record<string, string>): void;
  close(): Promise<void>;
}

/** Serves the bare repositories below `root` by git's own `http-backend`, to whoever gives `token` as password. */
export async function startGitServer(options: { root: string; token: string | null }): Promise<GitServer> {
  const requests: GitServer['requests'] = [];
  const rules = new Map<string, Rule>();
  const lfs = createLfsServer();
  let forced: { status: number; headers: Record<string, string> } | null = null;
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    requests.push({ method: request.method ?? '', path: request.url ?? '', authorization });
    if (forced !== null) {
      response.writeHead(forced.status, forced.headers).end();
      return;
    }
    const password = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64')
      .toString()
      .split(':')[1];
    const rule = [...rules].find(([prefix]) => request.url?.startsWith(`/${prefix}`))?.[1];
    if (rule === 'hidden' || (rule === 'open to strangers' && authorization !== undefined)) {
      response.writeHead(404).end();
      return;
    }
    // What is kept is fetched by links of its own.
    if (lfs.serveObject(request, response)) return;
    if (rule === undefined && options.token !== null && password !== options.token) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    if (!lfs.serveBatch(request, response)) backend(options.root, request, response);
  });
  const { port, close } = await listen(server);
  return {
    url: (repository) => `http://127.0.0.1:${port}/${repository}`,
    requests,
    lfs,
    rule: (prefix, rule) => {
      rules.set(prefix, rule);
    },
    answerWith: (status, headers = {}) => {
      forced = status === null ? null : { status, headers };
    },
    close,
  };
}

/** One request through the CGI program (RFC 3875). */
function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: environment()['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  const output: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.on('close', () => {
    const whole = Buffer.concat(output);
    const end = whole.indexOf('\r\n\r\n');
    const headers = whole
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ', 2) as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')));
    response.end(whole.subarray(end + 4));
  });
}
