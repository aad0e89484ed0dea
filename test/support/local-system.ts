import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import * as z from 'zod';
import { type Author, type Status, createAuthor } from '../../local/author.ts';
import { findBuilds } from '../../local/builds.ts';
import { type LocalSystem, type LocalSystemOptions, startLocalSystem } from '../../local/system.ts';
import { environment } from '../../shared/config.ts';

const LogLine = z.looseObject({ op: z.string().optional(), run: z.string().optional() });
type LogLine = z.output<typeof LogLine>;

export const ApiRun = z.object({
  id: z.string(),
  state: z.string(),
  verdict: z.string().nullable(),
  reason: z.string().nullable(),
  ref: z.string(),
  sha: z.string(),
  attempt: z.number(),
  waitReason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  url: z.url(),
});
export type ApiRun = z.output<typeof ApiRun>;

/** The whole system, started once for the tests of a file, and what tests do with it. */
export interface Rig {
  readonly system: LocalSystem;
  /** A person with a new repository `demo/{name}`. */
  author(name: string): Promise<Author>;
  runs(name: string): Promise<ApiRun[]>;
  api(
    path: string,
    init?: { readonly method?: string; readonly body?: unknown; readonly token?: string | null },
  ): Promise<Response>;
  /** Waits until `look` gives something, and fails after `seconds`. */
  until<Value>(what: string, look: () => Promise<Value | null | undefined | false>, seconds?: number): Promise<Value>;
  finalStatus(author: Author, sha: string): Promise<Status>;
  /** What stands behind a link of the API that leads to the storage: a log of a run, or of one of its tests. */
  linked(path: string): Promise<string>;
  /** The structured lines that a function has written. */
  logLines(name: 'webhook' | 'scheduler' | 'watcher' | 'dashboard'): Promise<LogLine[]>;
}

/** Where a test's builds run. */
export type Place = 'processes' | 'cluster';

/** Whether a real cluster is given, in which Pods can run. */
export const hasCluster = (environment()['YB_JOB_HOST'] ?? '') !== '';

/** The same tests with builds as processes and in Pods of a real cluster, where one is given. */
export function inEachPlace(
  tests: (rig: () => Rig, place: Place) => void,
  options: Partial<LocalSystemOptions> = {},
): void {
  describe('in processes', () => {
    tests(useLocalSystem(options), 'processes');
  });
  inCluster((rig) => {
    tests(rig, 'cluster');
  }, options);
}

/** Tests that only a real cluster can pass. */
export function inCluster(tests: (rig: () => Rig) => void, options: Partial<LocalSystemOptions> = {}): void {
  describe.skipIf(!hasCluster)(hasCluster ? 'in a cluster' : 'in a cluster (skipped: no cluster)', () => {
    tests(useLocalSystem(options, 'cluster'));
  });
}

export function useLocalSystem(options: Partial<LocalSystemOptions> = {}, place: Place = 'processes'): () => Rig {
  const state: { rig?: Rig; folder?: string; authors: number } = { authors: 0 };
  beforeAll(async () => {
    state.folder = await mkdtemp(join(tmpdir(), 'yb-test-'));
    const { YB_JOB_HOST, ...others } = environment();
    const builds = await findBuilds(place === 'cluster' ? { ...others, YB_JOB_HOST } : others);
    // `npm test` has built everything a moment ago, and says where.
    const dist = environment()['YB_TEST_DIST'];
    const system = await startLocalSystem({
      builds,
      tickSeconds: 5,
      ...(dist === undefined ? {} : { dist }),
      ...options,
    });
    state.rig = createRig(system, state.folder);
  });
  afterAll(async () => {
    await state.rig?.system.stop();
    if (state.folder !== undefined)
      await rm(state.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return () => {
    if (state.rig === undefined) throw new Error('the local system did not start');
    return state.rig;
  };
}

function createRig(system: LocalSystem, folder: string): Rig {
  const { endpoints } = system;
  const api: Rig['api'] = async (path, { method = 'GET', body, token = endpoints.apiToken } = {}) =>
    await fetch(`${endpoints.dashboard}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const until: Rig['until'] = async (what, look, seconds = 280) => {
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
    throw new Error(`waited ${seconds} s for ${what}`);
  };
  return {
    system,
    api,
    until,
    async author(name) {
      const author = await createAuthor({
        endpoints,
        owner: 'demo',
        name,
        folder: join(folder, name),
        searchPath: environment()['PATH'] ?? '',
      });
      await author.createRepository();
      return author;
    },
    async runs(name) {
      const response = await api(`/api/v1/repos/demo/${name}/runs`);
      return z.object({ runs: z.array(ApiRun) }).parse(await response.json()).runs;
    },
    async linked(path) {
      const link = await api(path);
      return await (await fetch(link.headers.get('location') ?? '')).text();
    },
    async finalStatus(author, sha) {
      return await until(`the final status of ${sha}`, async () => {
        const [last] = await author.statuses(sha);
        return last !== undefined && last.state !== 'pending' && last;
      });
    },
    async logLines(name) {
      const text = await readFile(join(system.logDir, `${name}.log`), 'utf8');
      return text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => LogLine.parse(JSON.parse(line)));
    },
  };
}
