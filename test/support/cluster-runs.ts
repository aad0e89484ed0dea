import { expect } from 'vitest';
import type * as z from 'zod';
import type { Author, Status } from '../../local/author.ts';
import { demoRepository } from '../../local/demo-repository.ts';
import { project } from '../../local/environment.ts';
import { LiveView } from '../../shared/api/live-schemas.ts';
import { RunDetails, RunView } from '../../shared/api/schemas.ts';
import type { RepositorySettings } from '../../shared/repository/settings.ts';
import { createFirestoreDocuments } from '../../shared/google/firestore.ts';
import { readRun } from '../../shared/store/runs.ts';
import { readVolumes } from '../../shared/store/volumes.ts';
import type { Rig } from './local-system.ts';

/** A repository of few tests, whose runs are started by hand. */
export interface ClusterRepository {
  readonly author: Author;
  /** Starts the branch's newest commit. */
  start(branch?: string): Promise<ClusterRun>;
  change(settings: { readonly [Name in keyof RepositorySettings]: RepositorySettings[Name] | null }): Promise<void>;
}

export interface ClusterRun {
  readonly id: string;
  look(): Promise<RunDetails>;
  live(cursor?: LiveView['cursor']): Promise<LiveView>;
  cancel(): Promise<void>;
  /** Waits until an attempt's log has this. */
  says(attempt: number, words: string): Promise<RunDetails>;
  /** Waits for its final status; all that must hold of a run that is over holds then. */
  ended(): Promise<EndedRun>;
}

export interface EndedRun extends RunDetails {
  readonly status: Status;
  /** Its page as a browser without scripts shows it. */
  readonly page: string;
  readonly text: string;
  /** `[code, …]`, of each attempt the last one included. */
  readonly codes: readonly (string | null)[];
}

/** What the dashboard answers if GitHub's part of the same busy machine does not answer in time. */
const busy = 503;
/** And of a run that was accepted, and that the scheduler has not written down yet. */
const unwritten = 404;
/** How long any of these runs may take on a slow machine. */
const patienceSeconds = 540;

/** What Bazel needs of the demo's repository, and one test. */
export function oneTest(script: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const kept = Object.entries(demoRepository).filter(([path]) => /^(?:tools\/|WORKSPACE|MODULE)/.test(path));
  return {
    ...Object.fromEntries(kept),
    '.yb.yaml': 'flakyAttempts: 1\n',
    'one/BUILD.bazel':
      'load("//tools:script_test.bzl", "script_test")\n\nscript_test(\n    name = "one_test",\n    src = "one_test.sh",\n)\n',
    'one/one_test.sh': script,
    ...more,
  };
}

/** A `tools/bazel`, which Bazel's own wrapper and bazelisk run: it does this in place of every `bazel test`. */
export function inPlaceOfBazel(script: string): string {
  return `#!/bin/sh\ncase " $* " in *" test "*) ;; *" shutdown "*) exit 0 ;; *) exec "$BAZEL_REAL" "$@" ;; esac\n${script}`;
}

export async function clusterRepository(
  rig: Rig,
  options: {
    readonly name: string;
    readonly files: Readonly<Record<string, string>>;
    readonly settings?: RepositorySettings;
    /** One of the files. */
    readonly executable?: string;
  },
): Promise<ClusterRepository> {
  const { name, files, settings = {} } = options;
  const path = `/api/v1/repos/demo/${name}`;
  const author = await rig.author(name);
  await author.git('config', 'core.fileMode', 'false');
  await author.push(files, 'Begin');
  if (options.executable !== undefined) {
    await author.git('update-index', '--chmod=+x', options.executable);
    await author.push({}, 'Let it run');
  }
  const ask = async (method: string, to: string, body: unknown): Promise<unknown> => {
    return await rig.until(`${method} ${to}`, async () => {
      const response = await rig.api(to, { method, body });
      const text = await response.text();
      if (response.status === busy) return null;
      expect(response.ok, `${method} ${to}: ${response.status} ${text}`).toBe(true);
      return JSON.parse(text) as unknown;
    });
  };
  const change: ClusterRepository['change'] = async (changes) => {
    await ask('PATCH', `${path}/settings`, changes);
  };
  await ask('PUT', path, { credential: { token: rig.system.endpoints.token } });
  await change(settings);
  return {
    author,
    change,
    async start(branch = 'main') {
      const run = RunView.parse(await ask('POST', `${path}/runs`, { ref: branch }));
      return clusterRun(rig, author, run);
    },
  };
}

function clusterRun(rig: Rig, author: Author, { id, sha }: z.output<typeof RunView>): ClusterRun {
  const path = `/api/v1/runs/${id}`;
  const seen = async (): Promise<RunDetails | null> => {
    const answer = await rig.api(path);
    const body: unknown = await answer.json();
    return answer.status === busy || answer.status === unwritten ? null : RunDetails.parse(body);
  };
  const look = async (): Promise<RunDetails> => await rig.until('the run', seen);
  const text = async (): Promise<string> => {
    const answer = await rig.api(`${path}/log`);
    const link = answer.headers.get('location');
    if (link !== null) return await (await fetch(link)).text();
    return answer.ok ? await answer.text() : '';
  };
  return {
    id,
    look,
    async live(cursor = { attempt: 1, chunk: 0, line: null, targets: 0 }) {
      const asked = `attempt=${cursor.attempt}&chunk=${cursor.chunk}&targets=${cursor.targets}`;
      return LiveView.parse(await (await rig.api(`${path}/live?${asked}`)).json());
    },
    async cancel() {
      expect((await rig.api(`${path}/cancel`, { method: 'POST' })).status).toBe(202);
    },
    async says(attempt, words) {
      return await rig.until(
        `attempt ${attempt} to say “${words}”`,
        async () => {
          const run = await seen();
          if (run === null) return null;
          const before = run.pastAttempts.map(({ reason }) => reason).join('; ');
          expect(run.attempt, before).toBeLessThanOrEqual(attempt);
          expect(run.state, run.reason ?? '').not.toBe('finished');
          return run.attempt === attempt && (await text()).includes(words) && run;
        },
        patienceSeconds,
      );
    },
    async ended() {
      const run = await rig.until(
        'the run to end',
        async () => {
          const now = await seen();
          return now?.state === 'finished' && now;
        },
        patienceSeconds,
      );
      const status = await rig.finalStatus(author, sha);
      // The reason is told, cut to what GitHub takes, and nothing else was ever claimed to be green.
      const { reason, verdict } = run;
      expect(reason).toContain(status.description?.replace(/…$/, ''));
      expect(status.state).toBe(states[verdict ?? 'passed']);
      const all = await author.statuses(sha);
      expect(all.filter(({ state }) => state === 'success')).toHaveLength(verdict === 'passed' ? 1 : 0);
      await expectFreeVolumes(rig, id);
      const page = await readPage(rig, `/runs/${id}`);
      for (const words of [reason, ...run.pastAttempts.map((past) => past.reason)]) expect(page).toContain(words);
      const codes = [...run.pastAttempts.map((past) => past.code), run.code];
      return { ...run, status, page, text: await text(), codes };
    },
  };
}

const states: Readonly<Record<string, Status['state']>> = {
  passed: 'success',
  failed: 'failure',
  broken: 'failure',
  'timed-out': 'failure',
  cancelled: 'error',
  infrastructure: 'error',
};

/** The one that this run held is nobody's now, unless another run has it. */
async function expectFreeVolumes(rig: Rig, runId: string): Promise<void> {
  const documents = createFirestoreDocuments({
    project,
    database: '(default)',
    emulatorHost: rig.system.endpoints.firestore,
  });
  const run = await readRun(documents, runId);
  // The verdict does not wait for the end of the Pod; the volume does.
  const volumes = await rig.until('the end of its Pod', async () => {
    const now = await readVolumes(documents, run?.value.repoId ?? '');
    return now.every(({ value }) => value.holder?.runId !== runId) && now;
  });
  expect(volumes.length).toBeGreaterThan(0);
  for (const { value } of volumes) expect(value).toMatchObject({ state: value.holder === null ? 'free' : 'leased' });
}

/** Signs in as `demo`, by the ways of a browser, and reads a page. */
async function readPage(rig: Rig, path: string): Promise<string> {
  const jar = new Map<string, string>();
  let at = `${rig.system.endpoints.dashboard}${path}`;
  for (let steps = 0; steps < 12; steps += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [name = '', value = ''] = set.split(';')[0]?.split(/=(.*)/) ?? [];
      jar.set(name, value);
    }
    const next = response.headers.get('location');
    const text = await response.text();
    if (next !== null) {
      at = new URL(next, at).href;
    } else if (at.startsWith(rig.system.endpoints.dashboard)) {
      expect(response.status).toBe(200);
      return textOf(text);
    } else {
      // GitHub asks as whom.
      at = `${at}&login=demo`;
    }
  }
  throw new Error(`no page at ${path}`);
}

/** What a person reads of HTML. */
function textOf(html: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replace(/<[^>]*>/g, '').replace(/&(amp|lt|gt|quot|#39);/g, (_all, name: string) => entities[name] ?? '');
}
