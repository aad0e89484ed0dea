import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { type Assets, createAssets } from '../../../functions/dashboard/assets.ts';
import { createDashboard } from '../../../functions/dashboard/dashboard.tsx';
import type { DashboardConfiguration, DashboardDependencies } from '../../../functions/dashboard/services.ts';
import { YbError } from '../../../shared/errors.ts';
import { createWebFlow } from '../../../shared/github/oauth.ts';
import type { Message } from '../../../shared/messages/messages.ts';
import { newRun } from '../../../shared/run/transitions.ts';
import type { Run } from '../../../shared/run/run.ts';
import { type KeyRing, seal } from '../../../shared/secrets.ts';
import { hookPath } from '../../../shared/store/hooks.ts';
import { type Repository, repositoryPath } from '../../../shared/store/repositories.ts';
import { createRun } from '../../../shared/store/runs.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createMemoryDocuments, type MemoryDocuments } from '../../support/memory-documents.ts';
import { createMemoryObjects } from '../../support/memory-objects.ts';
import { noon } from '../../support/sample-run.ts';
import { createFakeGitHub, type FakeGitHub, type FakeRepository } from './people.ts';

export const dashboardUrl = 'https://yb.example.com';
const hookKey = 'a'.repeat(32);

export interface World {
  readonly app: Hono;
  readonly dependencies: DashboardDependencies;
  readonly documents: MemoryDocuments;
  readonly objects: ReturnType<typeof createMemoryObjects>;
  readonly github: FakeGitHub;
  readonly clock: ManualClock;
  readonly published: Message[];
  /** Lines of the log. */
  readonly logged: { readonly level: string; readonly fields: Readonly<Record<string, unknown>> }[];
  readonly keys: DashboardConfiguration['keys'];
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
  readonly webFlowFetch?: typeof fetch;
}

export const shop: FakeRepository = {
  id: '42',
  fullName: 'mira/shop',
  private: true,
  roles: { reader: 'reader', writer: 'writer', admin: 'admin' },
  branches: ['main', 'feature/x'],
};

/** A dashboard with its surroundings in memory; `mira/shop` is registered. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const clock = createManualClock();
  const documents = createMemoryDocuments();
  const objects = createMemoryObjects(clock.now);
  const repositories = options.repositories ?? [{ ...shop }];
  const github = createFakeGitHub(['stranger', 'reader', 'writer', 'admin'], repositories);
  const published: Message[] = [];
  const logged: World['logged'] = [];
  const keys = { hooks: ring('hooks'), credentials: ring('credentials'), sessions: ring('sessions') };
  const url = options.url ?? dashboardUrl;
  const line = (level: string) => (fields: Readonly<Record<string, unknown>>) => {
    logged.push({ level, fields });
  };
  const dependencies: DashboardDependencies = {
    settings: {
      version: '0.1.0',
      dashboardUrl: url,
      webhookUrl: 'https://hooks.example.com',
      githubUrl: 'https://github.com',
      limits: { cpu: '4', memory: '8Gi', deadlineSeconds: 7200 },
      volumeGiB: 50,
      keys,
    },
    documents,
    objects,
    github,
    clock,
    publisher: {
      async publish(message) {
        published.push(message);
        if (options.schedules !== false && message.type === 'run.requested') {
          await createRun(documents, newRun(message, clock.now()));
        }
      },
      deadLetter: async () => await Promise.reject(new YbError('internal', 'not for the dashboard')),
    },
    webFlow: createWebFlow({
      githubUrl: 'https://github.com',
      clientId: 'client',
      clientSecret: 'client-secret',
      callbackUrl: `${url}/auth/callback`,
      timeoutMilliseconds: 1000,
      ...(options.webFlowFetch === undefined ? {} : { fetch: options.webFlowFetch }),
    }),
    assets: options.assets ?? createAssets({ style: '', script: '' }),
    random: { bytes: (count) => randomBytes(count) },
    log: { info: line('info'), warn: line('warn'), error: line('error') },
  };
  const app = createDashboard(dependencies);
  const world: World = {
    app,
    dependencies,
    documents,
    objects,
    github,
    clock,
    published,
    logged,
    keys,
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
    cookieOf(login) {
      const until = clock.now().getTime() + 3_600_000;
      const plain = JSON.stringify({ token: login, login, until });
      const random = { bytes: (count: number) => randomBytes(count) };
      const name = url.startsWith('https:') ? '__Host-yb-session' : `yb-session-${new URL(url).port}`;
      return `${name}=${seal({ ring: keys.sessions, place: 'cookies/session', plain, random })}`;
    },
    async addRun(run) {
      await createRun(documents, run);
    },
  };
  if (options.repositories === undefined) await register(world, shop);
  return world;
}

/** Stores a repository as its registration would. */
export async function register(world: World, repository: FakeRepository): Promise<void> {
  const fields: Repository = {
    id: repository.id,
    fullName: repository.fullName,
    defaultBranch: 'main',
    private: repository.private,
    customer: '7',
    hookKey,
    credential: { kind: 'token', sealed: 'sealed', addedAt: noon, addedBy: 'admin' },
    volumes: { count: 2, sizeGiB: 50 },
    settings: {},
    createdAt: noon,
  };
  await world.documents.commit([
    { type: 'create', path: repositoryPath(repository.id), fields: { ...fields } },
    {
      type: 'create',
      path: hookPath(hookKey),
      fields: { repoId: repository.id, secrets: [], lastPingAt: null, createdAt: noon },
    },
  ]);
}

function ring(id: string): KeyRing {
  return { keys: [{ id, key: randomBytes(32) }] };
}
