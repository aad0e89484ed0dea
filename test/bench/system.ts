import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Author, createAuthor } from '../../local/author.ts';
import { findBuilds } from '../../local/builds.ts';
import { type LocalSystem, startLocalSystem } from '../../local/system.ts';
import { environment } from '../../shared/config.ts';
import { YbError } from '../../shared/errors.ts';
import { parseValue } from '../../shared/json.ts';

/** A run that is over, as the API tells of it. */
const EndedRun = z.object({
  id: z.string(),
  state: z.literal('finished'),
  verdict: z.string(),
  reason: z.string().nullable(),
  sha: z.string(),
  attempt: z.number(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
});
const Phases = z.object({ phases: z.object({ upload: z.object({ finishedAt: z.iso.datetime() }) }) });
export type EndedRun = z.output<typeof EndedRun>;

/** The whole local system with one repository that is set up, for measurements of whole runs. */
export interface BenchSystem {
  readonly system: LocalSystem;
  readonly author: Author;
  /** Where its builds run. */
  readonly place: 'in processes' | 'in the cluster';
  /** Pushes and waits for the end of the run. */
  push(files: Readonly<Record<string, string>>, subject: string): Promise<EndedRun>;
  /** Runs the same commit once more. */
  again(run: EndedRun): Promise<EndedRun>;
  /** The newest run of the repository, whatever its state. */
  newest(): Promise<{ readonly id: string; readonly sha: string; readonly state: string } | null>;
  log(run: EndedRun): Promise<string>;
  /** When the last of our programs in the Job had done its work. */
  workedUntil(run: EndedRun): Promise<Date>;
  /** Waits until GitHub shows that the commit's run is over. */
  finalStatus(sha: string): Promise<void>;
  stop(): Promise<void>;
}

/** @throws YbError `bad-settings` where something that the system needs is missing */
export async function startBenchSystem(): Promise<BenchSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'yb-bench-'));
  const variables = environment();
  const builds = await findBuilds(variables);
  const system = await startLocalSystem({ builds });
  const { endpoints } = system;
  const searchPath = variables['PATH'] ?? '';
  const author = await createAuthor({ endpoints, owner: 'demo', name: 'bench', folder, searchPath });
  const api = `${endpoints.dashboard}/api/v1`;
  const Listed = z.object({ runs: z.array(z.looseObject({ id: z.string(), sha: z.string(), state: z.string() })) });
  const runs = async () =>
    parseValue(Listed, await author.ask(`${api}/repos/demo/bench/runs`), { what: 'runs', code: 'internal' }).runs;

  const ended = async (find: (run: { id: string; sha: string }) => boolean): Promise<EndedRun> => {
    for (let tries = 0; tries < 3_000; tries++) {
      const run = (await runs()).find(find);
      if (run?.state === 'finished') return parseValue(EndedRun, run, { what: 'run', code: 'internal' });
      await delay(200);
    }
    throw new YbError('internal', 'the run does not end');
  };
  const bench: BenchSystem = {
    system,
    author,
    place: 'cluster' in builds ? 'in the cluster' : 'in processes',
    async push(files, subject) {
      const sha = await author.push(files, subject);
      return await ended((run) => run.sha === sha);
    },
    async again({ id }) {
      const before = new Set((await runs()).map((run) => run.id));
      await author.ask(`${api}/runs/${id}/rerun`, { method: 'POST' });
      return await ended((run) => !before.has(run.id));
    },
    newest: async () => (await runs())[0] ?? null,
    async log({ id }) {
      const response = await fetch(`${api}/runs/${id}/log`, {
        headers: { authorization: `Bearer ${endpoints.apiToken}` },
      });
      return await response.text();
    },
    async workedUntil({ id }) {
      const { phases } = parseValue(Phases, await author.ask(`${api}/runs/${id}`), { what: 'run', code: 'internal' });
      return new Date(phases.upload.finishedAt);
    },
    async finalStatus(sha) {
      for (let tries = 0; tries < 600; tries++) {
        const [last] = await author.statuses(sha);
        if (last !== undefined && last.state !== 'pending') return;
        await delay(200);
      }
      throw new YbError('internal', `no final status of ${sha} after two minutes`);
    },
    async stop() {
      await system.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  try {
    await author.createRepository();
    // A push of its own, before there is a hook: it starts nothing.
    await author.push({ 'README.md': '# bench\n' }, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    return bench;
  } catch (error) {
    await bench.stop();
    throw error;
  }
}
