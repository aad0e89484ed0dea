import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isNodeError } from '../node-error.ts';
import type { RefChange } from '../state.ts';
import { pushFileVariable } from './repositories.ts';

/** One request of the smart HTTP protocol, already allowed. */
export interface BackendCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly repositoryId: number;
  /** The path below the repository: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly path: string;
  readonly query: string;
  readonly login: string | null;
  /** Where this one request may leave what it pushed. */
  readonly pushFile: string;
  /** Called with what a push changed, before its answer ends. */
  readonly pushed: (changes: RefChange[]) => Promise<void>;
}

/** git's own server side, run as CGI (git-http-backend), one process a request. */
export interface HttpBackend {
  handle(call: BackendCall): Promise<void>;
  /** Ends every process that still runs, and waits for them. */
  stop(): Promise<void>;
}

const maxHeaderBytes = 64 * 1024;

/** How long a push that is nearly through may take to end when the server stops. */
const graceMs = 2000;

export function createHttpBackend(options: {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
}): HttpBackend {
  const running = new Map<ChildProcessWithoutNullStreams, Promise<void>>();

  const start = (call: BackendCall): ChildProcessWithoutNullStreams => {
    const { request, response } = call;
    const child = spawn('git', ['http-backend'], {
      env: { ...options.environment, ...cgiVariables(options.root, call) },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own: git's server side is several processes, and they are ended together.
      detached: true,
    });
    child.stdin.on('error', () => undefined);
    child.stderr.resume();
    request.on('error', () => child.stdin.destroy());
    request.pipe(child.stdin);
    // The client went away: without input git ends by itself, and a push that is not complete changes nothing.
    response.once('close', () => child.stdin.destroy());
    return child;
  };

  const answer = async (call: BackendCall, child: ChildProcessWithoutNullStreams): Promise<void> => {
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => {
        resolve();
      });
    });
    try {
      await Promise.all([sendAnswer(child, call.response), ended]);
      const changes = await readPushFile(call.pushFile);
      if (changes.length > 0) await call.pushed(changes);
    } finally {
      await rm(call.pushFile, { force: true });
    }
    if (!call.response.headersSent && !call.response.destroyed) call.response.writeHead(500);
    call.response.end();
  };

  return {
    handle: async (call) => {
      const child = start(call);
      const work = answer(call, child);
      running.set(child, work);
      try {
        await work;
      } finally {
        running.delete(child);
      }
    },
    stop: async () => {
      const all = Promise.allSettled(running.values());
      const patience = new AbortController();
      const late = delay(graceMs, undefined, { signal: patience.signal }).then(
        () => {
          for (const child of running.keys()) killGroup(child);
        },
        () => undefined,
      );
      await all;
      patience.abort();
      await late;
    },
  };
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!isNodeError(error, 'ESRCH')) throw error;
  }
}

/** The variables of RFC 3875 that git-http-backend reads. It unpacks a gzip body by itself. */
function cgiVariables(root: string, call: BackendCall): Record<string, string> {
  const { headers, method } = call.request;
  return {
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${String(call.repositoryId)}.git${call.path}`,
    QUERY_STRING: call.query,
    REQUEST_METHOD: method ?? 'GET',
    CONTENT_TYPE: headers['content-type'] ?? '',
    // Empty for a chunked body: git then reads to the end of the input.
    CONTENT_LENGTH: headers['content-length'] ?? '',
    HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
    // No GIT_PROTOCOL: version 2 gives out every object that is still there. Without it a commit that no branch leads to is
    // refused, as it is at GitHub once its garbage has been collected.
    REMOTE_ADDR: '127.0.0.1',
    REMOTE_USER: call.login ?? '',
    [pushFileVariable]: call.pushFile,
  };
}

/** Turns the CGI answer into an HTTP one and streams it. The response is left open. */
async function sendAnswer(child: ChildProcessWithoutNullStreams, response: ServerResponse): Promise<void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of child.stdout) {
    if (!(chunk instanceof Uint8Array)) continue;
    let body: Uint8Array = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1 && head.length < maxHeaderBytes) continue;
      const { status, headers } = parseHead(head.toString('latin1', 0, Math.max(end, 0)));
      body = head.subarray(end + 4);
      head = null;
      if (!response.destroyed) response.writeHead(status, headers);
    }
    if (!response.destroyed && body.length > 0 && !response.write(body)) await drained(response);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const { status = '200', ...others } = headers;
  return { status: Number.parseInt(status, 10) || 500, headers: others };
}

/** What the post-receive hook wrote: no file if the request changed nothing. */
async function readPushFile(file: string): Promise<RefChange[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (isNodeError(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const [, before, after, ref] = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/.exec(line) ?? [];
    return before === undefined || after === undefined || ref === undefined ? [] : [{ ref, before, after }];
  });
}
