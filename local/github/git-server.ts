import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import type { Log } from '../../shared/outside/log.ts';
import { type Decision, decide, pushing, reading } from './access.ts';
import { type Caller, readCaller } from './caller.ts';
import { GitHubError } from './errors.ts';
import type { Events } from './events/events.ts';
import type { HttpBackend } from './git/http-backend.ts';
import type { Repository } from './state.ts';
import type { Store } from './store.ts';
import { randomHex } from './tokens.ts';

/** The path under which repositories are cloned. */
export const gitPath = '/git';

export interface GitServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly backend: HttpBackend;
  readonly events: Events;
  readonly random: Random;
  readonly log: Log;
  /** Where each push leaves a small file about itself. */
  readonly pushFolder: string;
}

interface GitRequest {
  readonly fullName: string;
  /** The path below the repository. */
  readonly path: string;
  readonly query: string;
  readonly push: boolean;
}

/** git over HTTP: who may do what is decided here, and git's own server side does the rest. */
export function createGitServer(options: GitServerOptions) {
  const { store, backend } = options;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const wanted = parseRequest(request);
    if (wanted === null) {
      refuse(response, 404, 'Not Found');
      return;
    }
    const caller = readCaller(store, request.headers.authorization, options.clock.now());
    const repository = store.repositoryByName(wanted.fullName);
    const refusal = refusalOf(caller, wanted, decisionFor(store, repository, caller, wanted));
    if (refusal !== null || repository === undefined) {
      const { status, text } = refusal ?? notFoundHere;
      refuse(response, status, text);
      return;
    }
    await backend.handle({
      request,
      response,
      repositoryId: repository.id,
      path: wanted.path,
      query: wanted.query,
      login: caller?.user.login ?? null,
      pushFile: join(options.pushFolder, randomHex(options.random, 32)),
      pushed: async (changes) => {
        if (caller !== null) await options.events.pushed(repository, caller.user, changes);
      },
    });
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await serve(request, response);
    } catch (error) {
      if (error instanceof GitHubError) {
        refuse(
          response,
          401,
          'Invalid username or token. Password authentication is not supported for Git operations.',
        );
      } else {
        options.log.error({ cause: error instanceof Error ? error.message : String(error) }, 'git request failed');
        refuse(response, 500, 'Internal Server Error');
      }
    }
  };
}

const services = new Set(['git-upload-pack', 'git-receive-pack']);

function parseRequest(request: IncomingMessage): GitRequest | null {
  const url = URL.parse(`http://localhost${request.url ?? '/'}`);
  const match = /^\/git\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(
    url?.pathname ?? '',
  );
  const [, owner, name, action] = match ?? [];
  if (url === null || owner === undefined || name === undefined || action === undefined) return null;
  const advertised = action === 'info/refs';
  const service = advertised ? (url.searchParams.get('service') ?? '') : action;
  // The old protocol, in which files of the repository are fetched one by one, is served by nobody any more.
  if (!services.has(service) || request.method !== (advertised ? 'GET' : 'POST')) return null;
  return {
    fullName: `${owner}/${name}`,
    path: `/${action}`,
    query: url.search.slice(1),
    push: service === 'git-receive-pack',
  };
}

function decisionFor(
  store: Store,
  repository: Repository | undefined,
  caller: Caller | null,
  { push }: GitRequest,
): Decision {
  return repository === undefined ? 'hidden' : decide({ store, repository, caller, wish: push ? pushing : reading });
}

interface Refusal {
  readonly status: number;
  readonly text: string;
}

const notFoundHere: Refusal = { status: 404, text: 'Repository not found.' };

/** In the words that git shows to people. Who gives no credentials is asked for them before he learns anything. */
function refusalOf(caller: Caller | null, { fullName, push }: GitRequest, decision: Decision): Refusal | null {
  if (decision === 'allowed') return null;
  if (caller === null) return { status: 401, text: 'Authentication is required.' };
  switch (decision) {
    case 'archived':
      return { status: 403, text: 'This repository was archived so it is read-only.' };
    case 'token-too-narrow':
    case 'role-too-low':
      return {
        status: 403,
        text: push ? `Permission to ${fullName}.git denied to ${caller.user.login}.` : 'Access denied.',
      };
    case 'hidden':
    case 'anonymous':
      return notFoundHere;
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="GitHub"' } : {}),
  });
  response.end(`${text}\n`);
}
