import { mkdir, rm } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { systemClock, systemRandom } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import type { Log } from '../../shared/outside/log.ts';
import { createApp } from './app.ts';
import { createDeliveries } from './events/deliveries.ts';
import { createEvents } from './events/events.ts';
import { createGitServer, gitPath } from './git-server.ts';
import { createGit, gitEnvironment } from './git/command.ts';
import { createFirstCommit } from './git/first-commit.ts';
import { createHistory } from './git/history.ts';
import { createHttpBackend } from './git/http-backend.ts';
import { createRepositories } from './git/repositories.ts';
import { type UserOption, addUsers, appToken, demoLogin, initialState, otherLogin } from './seed.ts';
import type { HeldPort } from '../ports.ts';
import { type Store, openStore } from './store.ts';

export interface GitHubOptions {
  /** Holds everything that survives a restart. */
  readonly stateDir: string;
  /** Where the application hears of what becomes of repositories, and with which secret. */
  readonly appHook?: { readonly url: string; readonly secret: string };
  readonly random?: Random;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Users and tokens beside those of `demo` and `other`. */
  readonly users?: readonly UserOption[];
  /** The address to listen on; by default only this machine reaches it. */
  readonly host?: string;
  /** The name that others know it by, if it is another one. */
  readonly publicHost?: string;
  /** Where to listen, in place of any free port. */
  readonly held?: HeldPort;
  /** How long a webhook's receiver may take: GitHub's 10 s unless a test cannot wait. */
  readonly deliveryLimitMs?: number;
  /** So many deliveries are kept of each hook. */
  readonly deliveriesKept?: number;
}

export interface GitHubServer {
  /** The REST API's base, with the paths of api.github.com. */
  readonly apiUrl: string;
  /** A repository's clone address is `{gitUrl}/{owner}/{repo}.git`. */
  readonly gitUrl: string;
  /** The base of what a browser sees: `{webUrl}/login/oauth/authorize`. */
  readonly webUrl: string;
  /** A token of the user `demo`, who owns what he makes. */
  readonly token: string;
  /** A token of the user `other`, who has no right on anything of others that is not public. */
  readonly otherToken: string;
  /** Tokens of the same two that the one application was given, as after a sign-in. */
  readonly appToken: string;
  readonly otherAppToken: string;
  readonly oauth: { readonly clientId: string; readonly clientSecret: string };
  /** The same application as a GitHub App, with its private key. */
  readonly app: { readonly id: string; readonly slug: string; readonly privateKey: string };
  /** Resolves when nothing of it runs any more and everything is kept. */
  stop(): Promise<void>;
}

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Starts a GitHub of this machine's own: the REST API, git over HTTP, the sign-in pages, and webhooks. */
export async function startGitHub(options: GitHubOptions): Promise<GitHubServer> {
  const { stateDir, clock = systemClock, random = systemRandom, log = silent } = options;
  const pushFolder = join(stateDir, 'pushes');
  const root = join(stateDir, 'repositories');
  await rm(pushFolder, { recursive: true, force: true });
  await Promise.all([mkdir(pushFolder, { recursive: true }), mkdir(root, { recursive: true })]);
  const store = await openStore({ stateDir, initial: () => initialState({ clock, random }) });
  addUsers({ store, clock, users: options.users ?? [] });
  store.state.app.hook = options.appHook ?? store.state.app.hook;
  const [demoApp, otherApp] = [demoLogin, otherLogin].map((login) => appToken(store, login, random));
  await store.save();

  const { server, handle } = createLateServer();
  const port = await listen(server, options);
  const base = `http://${options.publicHost ?? options.host ?? '127.0.0.1'}:${String(port)}`;
  const urls = { api: base, git: `${base}${gitPath}`, web: `${base}/web` };

  const gitVariables = gitEnvironment(environment());
  const git = createGit({ environment: gitVariables });
  const repositories = createRepositories({ root, git });
  const firstCommit = createFirstCommit(git);
  const history = createHistory({ git, repositories });
  const backend = createHttpBackend({ root, environment: gitVariables });
  const deliveries = createDeliveries({
    folder: join(stateDir, 'payloads'),
    store,
    clock,
    random,
    log,
    limitMs: options.deliveryLimitMs ?? 10_000,
    kept: options.deliveriesKept ?? 500,
  });
  const events = createEvents({ store, repositories, history, deliveries, urls, clock, log });
  const app = createApp({ store, repositories, firstCommit, history, events, deliveries, urls, clock, random }, log);
  const rest = getRequestListener(app.fetch);
  const serveGit = createGitServer({ store, clock, backend, events, random, log, pushFolder });
  handle((request, response) => {
    void (request.url?.startsWith(`${gitPath}/`) === true ? serveGit(request, response) : rest(request, response));
  });

  const stop = async (): Promise<void> => {
    await close(server);
    await backend.stop();
    await events.settled();
    await deliveries.stop();
    await store.save();
  };
  let stopped: Promise<void> | null = null;

  return {
    apiUrl: urls.api,
    gitUrl: urls.git,
    webUrl: urls.web,
    token: firstToken(store, demoLogin),
    otherToken: firstToken(store, otherLogin),
    appToken: demoApp ?? '',
    otherAppToken: otherApp ?? '',
    oauth: { ...store.state.oauth },
    app: { ...store.state.app, id: String(store.state.app.id) },
    stop: async () => {
      stopped ??= stop();
      await stopped;
    },
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that listens before it is known what it does: its answers tell its port. */
function createLateServer(): { server: Server; handle: (handler: Handler) => void } {
  // No limit on the time of a request: a big push over a slow line is one.
  const server = createServer({ requestTimeout: 0 });
  return {
    server,
    handle: (handler) => {
      server.on('request', handler);
    },
  };
}

async function listen(server: Server, options: GitHubOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const heard = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (options.held === undefined) server.listen(0, options.host ?? '127.0.0.1', heard);
    else server.listen(options.held.server, heard);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function firstToken(store: Store, login: string): string {
  const user = store.userByLogin(login);
  const token = store.state.tokens.find(
    ({ userId, scopes, ofApplication }) => userId === user?.id && scopes === null && !ofApplication,
  );
  if (token === undefined) throw new Error(`the state has no token of ${login}`);
  return token.value;
}
