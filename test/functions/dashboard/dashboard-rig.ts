import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import * as z from 'zod';
import type { Assets } from '../../../functions/dashboard/http/assets.ts';
import { createExchange } from '../../../shared/github/sign-in.ts';
import type { Message } from '../../../shared/messages/messages.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Outgoing } from '../../../shared/outside/publisher.ts';
import { newRun, type RunRequest } from '../../../shared/run/transitions.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Key } from '../../../shared/outside/keys.ts';
import { createKey } from '../../../shared/sealing.ts';
import { grantPlace, personPath, PersonRecord } from '../../../shared/store/people.ts';
import { creationOf } from '../../../shared/store/record.ts';
import { createSession } from '../../../shared/store/sessions.ts';
import { hashOf, shortIdOf } from '../../../functions/dashboard/access/short-id.ts';
import { hookPath } from '../../../shared/store/hooks.ts';
import { type Repository, repositoryPath } from '../../../shared/store/repositories.ts';
import { createRun } from '../../../shared/store/runs.ts';
import { createApiDocument } from '../../support/api-document.ts';
import { changeDocument } from '../../support/change-document.ts';
import { noon } from '../../support/sample-run.ts';
import { createMemoryDocuments, type MemoryDocuments } from '../../world/documents.ts';
import type { FakeRepository } from '../../world/github.ts';
import { createInstallation, type Installation, type World as WholeWorld } from '../../world/installation.ts';

export const dashboardUrl = 'https://yb.example.com';
const hookKey = 'a'.repeat(32);

export interface World extends Pick<
  WholeWorld<MemoryDocuments>,
  'documents' | 'hookDocuments' | 'objects' | 'github' | 'clock' | 'keys' | 'publisher'
> {
  readonly app: Hono;
  readonly dashboard: Installation['dashboard'];
  /** What was published, as its readers read it. */
  readonly published: Message[];
  /** Lines of the log. */
  readonly logged: { readonly level: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Asks as a program does, with a token. */
  api(path: string, options?: { token?: string | undefined; method?: string; body?: unknown }): Promise<Response>;
  /** The cookie header of a browser in which this person has signed in. */
  cookieOf(login: string): string;
  addRun(run: Run): Promise<void>;
}

export interface WorldOptions {
  readonly assets?: Assets;
  /** Whether a run that is asked for comes into being, as the scheduler would see to. */
  readonly schedules?: boolean;
  readonly repositories?: FakeRepository[];
  readonly url?: string;
  /** What happens before a message is taken. */
  readonly publish?: () => Promise<void>;
  /** GitHub's pages, where the code of a sign-in is exchanged. */
  readonly webFlowFetch?: typeof fetch;
}

export const shop: FakeRepository = {
  id: '42',
  fullName: 'mira/shop',
  private: true,
  roles: { reader: 'reader', writer: 'writer', admin: 'admin' },
  branches: ['main', 'feature/x'],
};

const Request = z.looseObject({ type: z.literal('run.requested') });

/** An installation of which the dashboard alone is asked; `mira/shop` is registered. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const documents = createMemoryDocuments();
  const published: Message[] = [];
  const logged: World['logged'] = [];
  const url = options.url ?? dashboardUrl;
  const line = (level: string) => (fields: Readonly<Record<string, unknown>>) => {
    logged.push({ level, fields });
  };
  const here = createInstallation({
    documents,
    repositories: options.repositories ?? [{ ...shop }],
    variables: { YB_DASHBOARD_URL: url },
    ...(options.assets === undefined ? {} : { assets: options.assets }),
    change: (outside) => ({
      log: { info: line('info'), warn: line('warn'), error: line('error') },
      publisher: {
        async publish(topic, message) {
          await options.publish?.();
          await outside.publisher.publish(topic, message);
          published.push(JSON.parse(message.text) as Message);
          if (options.schedules !== false) await schedule(message);
        },
      },
      ...(options.webFlowFetch === undefined
        ? {}
        : { github: { ...outside.github, ...exchangeOver(options.webFlowFetch, outside.clock) } }),
    }),
  });
  const schedule = async (message: Outgoing): Promise<void> => {
    const request = Request.safeParse(JSON.parse(message.text));
    if (request.success) await createRun(documents, newRun(request.data as unknown as RunRequest, here.clock.now()));
  };
  const app = asDescribed(here.functions.dashboard);
  const ids = new Map(
    ['stranger', 'reader', 'writer', 'admin'].map((login) => [login, randomBytes(32).toString('base64url')]),
  );
  const world: World = {
    ...here,
    app,
    published,
    logged,
    async api(path, { token, method = 'GET', body } = {}) {
      return await app.request(path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    cookieOf: (login) => `${cookieName(url)}=${ids.get(login) ?? ''}`,
    async addRun(run) {
      await createRun(documents, run);
    },
  };
  if (options.repositories === undefined) await register(world, shop);
  const key = createKey(here.rings.sessions, here.random);
  for (const [login, id] of ids) await signIn(documents, { login, id, key });
  return world;
}

const description = createApiDocument();

/** Whatever a test asks of the API, and what comes back, must be as its document says. */
function asDescribed(app: Hono): Hono {
  const request = app.request.bind(app);
  app.request = async (input, init, ...rest) => {
    const response = await request(input, init, ...rest);
    if (typeof input !== 'string') return response;
    const sent = typeof init?.body === 'string' ? init.body : null;
    const problems = await description.problemsOf({ method: init?.method ?? 'GET', path: input, sent, response });
    if (problems.length > 0) throw new Error(`not as the API's document says: ${problems.join('; ')}`);
    return response;
  };
  return app;
}

interface SigningIn {
  readonly login: string;
  /** Of the session. */
  readonly id: string;
  readonly key: Key;
}

/** As if the person had signed in at noon, in a browser that stays signed in. */
async function signIn(documents: Documents, { login, id, key }: SigningIn): Promise<void> {
  const person = { id: `id-${login}`, login };
  const path = personPath(person.id);
  const sealed = await key.seal(grantPlace(person.id), JSON.stringify({ token: login, refreshToken: null }));
  const grant = { sealed, expiresAt: null, refreshable: false };
  const hash = hashOf(id);
  await documents.commit([creationOf(PersonRecord, path, { ...person, grant, endedAt: null })]);
  await createSession(documents, hash, {
    id: shortIdOf(hash),
    person,
    createdAt: noon,
    from: '203.0.113.7',
    agent: 'a browser',
    expireAt: new Date('2100-01-01T00:00:00Z'),
  });
}

function cookieName(url: string): string {
  return url.startsWith('https:') ? '__Host-yb-session' : `yb-session-${new URL(url).port}`;
}

function exchangeOver(pages: typeof fetch, clock: Clock) {
  return createExchange({
    webUrl: 'https://github.com',
    clientId: 'client',
    clientSecret: 'client-secret',
    timeoutMilliseconds: 1000,
    clock,
    fetch: pages,
  });
}

/** Stores a repository as its registration would. */
export async function register(
  world: Pick<World, 'documents' | 'hookDocuments'>,
  repository: FakeRepository,
): Promise<void> {
  const fields: Repository = {
    id: repository.id,
    fullName: repository.fullName,
    defaultBranch: 'main',
    private: repository.private,
    customer: '7',
    hookKey,
    credential: { kind: 'token', sealed: 'sealed', fingerprint: null, addedAt: noon, addedBy: 'admin' },
    volumes: { count: 2, sizeGiB: 50 },
    badgeKey: null,
    settings: {},
    stopped: null,
    createdAt: noon,
  };
  const hook = { repoId: repository.id, secrets: [], lastPingAt: null, createdAt: noon };
  await world.hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields: hook }]);
  await world.documents.commit([{ type: 'create', path: repositoryPath(repository.id), fields: { ...fields } }]);
}

/** As if the repository were public, and its owner showed it to everybody. */
export async function showToEverybody(
  { documents }: Pick<World, 'documents'>,
  changes: Partial<Repository> = {},
): Promise<void> {
  const shown = { private: false, settings: { shownTo: 'everybody' } };
  await changeDocument(documents, repositoryPath('42'), { ...shown, ...changes });
}
