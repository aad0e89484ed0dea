import { errorCode } from '../../shared/errors.ts';
import { jobName } from '../../shared/attempt/names.ts';
import type { Work } from '../../shared/log.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { planRepository } from '../../shared/queue/plan.ts';
import { changed } from '../../shared/run/transitions.ts';
import { needsVouching } from '../../shared/run/trust.ts';
import { volumeCount } from '../../shared/store/repositories.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';
import { type Held, saveLease } from '../../shared/store/volumes.ts';
import { leased } from '../../shared/volume/lease.ts';
import { type Look, look } from './look.ts';
import type { JobStarter } from './start.ts';

export interface PlaceOptions {
  readonly documents: Documents;
  readonly jobs: JobStarter;
  readonly clock: Clock;
}

/** How often one delivery looks again after somebody else was faster; then Pub/Sub delivers it again. */
const maxLooks = 5;

/**
 * Starts what can be started of a repository, and goes on with what was begun.
 * @returns the ids of the runs whose Jobs were made
 */
export async function place(options: PlaceOptions, first: Look, work: Work): Promise<ReadonlySet<string>> {
  const started = new Set<string>();
  let seen = first;
  for (let looks = 1; ; looks += 1) {
    try {
      await resume(options, seen);
      await placeOnce(options, seen, started);
      work.note({ started: started.size, waiting: seen.queued.length - started.size });
      return started;
    } catch (error) {
      if (errorCode(error) !== 'conflict' || looks === maxLooks) throw error;
      seen = await look(options.documents, first.repository.value.id);
    }
  }
}

/** Claims are made one by one, in order: the first that somebody else was faster with ends the look. */
async function placeOnce(options: PlaceOptions, seen: Look, started: Set<string>): Promise<void> {
  const runs = new Map(seen.queued.map((run) => [run.value.id, run]));
  const volumes = new Map(seen.volumes.map((volume) => [volume.value.index, volume]));
  // One beyond what is wanted is on its way out.
  const wanted = volumeCount(seen.repository.value);
  const plan = planRepository({
    queued: seen.queued.map(({ value }) => value).filter((run) => !needsVouching(run)),
    volumes: seen.volumes.map(({ value }) => value).filter(({ index }) => index < wanted),
    defaultRef: `refs/heads/${seen.repository.value.defaultBranch}`,
  });
  for (const { run, volume } of plan.placements) {
    const before = { run: runs.get(run.id), volume: volumes.get(volume.index) };
    if (before.run === undefined || before.volume === undefined) continue;
    const [lease, secrets] = await Promise.all([
      claim(options, { run: before.run, volume: before.volume }),
      options.jobs.secretsOf(run),
    ]);
    await options.jobs.start(seen.repository.value, { lease, secrets, resumed: false });
    started.add(run.id);
  }
  for (const { run, reason, stuck } of plan.waiting) {
    const before = runs.get(run.id);
    // Told once: a reason that follows every change of the queue would cost a write for each run behind it.
    if (before !== undefined && (run.waitReason === null || (stuck && run.waitReason !== reason))) {
      await saveRun(options.documents, before, changed(run, { type: 'waits', reason }));
    }
  }
}

async function claim(options: PlaceOptions, before: Held): Promise<Held> {
  const run = before.run.value;
  const volume = leased(before.volume.value, run);
  const name = jobName(run);
  const at = options.clock.now();
  const change = { type: 'claimed', volume: volume.index, epoch: volume.epoch, jobName: name, at } as const;
  return await saveLease(options.documents, before, { run: changed(run, change), volume });
}

/** Goes on with claims whose Job nobody has recorded: a scheduler died in between, or the cluster did not answer. */
async function resume(options: PlaceOptions, seen: Look): Promise<void> {
  for (const volume of seen.volumes) {
    const { holder } = volume.value;
    if (holder === null || holder.jobUid !== null) continue;
    const run = await readRun(options.documents, holder.runId);
    if (run !== null && run.value.state === 'starting' && run.value.attempt === holder.attempt) {
      const secrets = await options.jobs.secretsOf(run.value);
      await options.jobs.start(seen.repository.value, { lease: { run, volume }, secrets, resumed: true });
    }
  }
}
