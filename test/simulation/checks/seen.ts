import { jsonOrNull } from '../../../shared/json.ts';
import { RunResult } from '../../../shared/attempt/result.ts';
import { signalName } from '../../../shared/attempt/layout.ts';
import type { AttemptJob, CleaningJob, JobView, PodView } from '../../../shared/outside/cluster.ts';
import type { StatusToShow } from '../../../shared/outside/github.ts';
import { CommitReport } from '../../../shared/run/commit-report.ts';
import { Run } from '../../../shared/run/run.ts';
import { Volume } from '../../../shared/volume/volume.ts';
import type { World } from '../../world/installation.ts';
import type { Bounds } from './limits.ts';

/** What is true of an installation at one moment, seen from outside of its functions. */
export interface Seen {
  readonly runs: readonly Run[];
  readonly volumes: readonly { readonly repoId: string; readonly volume: Volume }[];
  readonly jobs: readonly {
    readonly order: AttemptJob | CleaningJob;
    readonly job: JobView;
    readonly pod: PodView | null;
  }[];
  /** What GitHub was told of each commit, oldest first. */
  readonly statuses: ReadonlyMap<string, readonly StatusToShow[]>;
  /** Those of them that took effect long after whoever sent them had given up: nobody could prevent it. */
  readonly late?: ReadonlySet<StatusToShow>;
  /** What was said about commits, oldest first. */
  readonly comments?: ReadonlyMap<string, readonly string[]>;
  /** The records of what GitHub should show, by their paths. */
  readonly reports: ReadonlyMap<string, CommitReport>;
  /** What couriers left, by run and attempt. */
  readonly results: ReadonlyMap<string, RunResult>;
  /** The ids of runs whose push was accepted. */
  readonly accepted: readonly string[];
  /** Where runs are limited: by how much, and who holds each place, by run and attempt. */
  readonly bounds?: Bounds;
  readonly slots?: ReadonlyMap<string, string | null>;
}

/** Finds what breaks one rule; each finding is a sentence. Pure. */
export type Check = (seen: Seen) => readonly string[];

export function resultKey(run: { readonly id: string; readonly attempt: number }): string {
  return `${run.id}/${run.attempt}`;
}

const everything = 1000;

/** Looks at an installation in memory. */
export async function look(world: World, accepted: readonly string[] = []): Promise<Seen> {
  const [runs, volumes, reports] = await Promise.all([
    world.documents.query({ collection: 'runs', where: [], limit: everything }),
    world.documents.query({ collection: 'volumes', everywhere: true, where: [], limit: everything }),
    world.documents.query({ collection: 'commits', everywhere: true, where: [], limit: everything }),
  ]);
  const parsed = runs.map(({ data }) => Run.parse(data));
  const results = new Map<string, RunResult>();
  for (const run of parsed) {
    const name = signalName({ runId: run.id, attempt: run.attempt }, 'result');
    const content = await world.objects.read(name);
    const result = content === null ? null : RunResult.safeParse(jsonOrNull(Buffer.from(content.bytes).toString()));
    if (result?.success === true) results.set(resultKey(run), result.data);
  }
  const jobs = [...world.cluster.jobs.values()].flatMap((job) => {
    const order = world.cluster.orders.get(job.name);
    return order === undefined ? [] : [{ order, job, pod: world.cluster.podOf(job.uid) }];
  });
  return {
    runs: parsed,
    volumes: volumes.map(({ path, data }) => ({ repoId: path.split('/')[1] ?? '', volume: Volume.parse(data) })),
    jobs,
    statuses: new Map([...world.github.statuses].map(([sha, told]) => [sha, told.toReversed()])),
    comments: world.github.comments_,
    reports: new Map(reports.map(({ path, data }) => [path, CommitReport.parse(data)])),
    results,
    accepted,
  };
}
