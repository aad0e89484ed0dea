import { errorCode } from '../../shared/errors.ts';
import { jobName } from '../../shared/attempt/names.ts';
import type { Work } from '../../shared/log.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { planRepository } from '../../shared/queue/plan.ts';
import type { Limits } from '../../shared/queue/shares.ts';
import type { Run } from '../../shared/run/run.ts';
import type { WaitsFor } from '../../shared/run/turn.ts';
import { changed, rests } from '../../shared/run/transitions.ts';
import type { Stored } from '../../shared/store/record.ts';
import { volumeCount } from '../../shared/store/repositories.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';
import { type Held, saveLease } from '../../shared/store/volumes.ts';
import { leased } from '../../shared/volume/lease.ts';
import { isWanted } from '../../shared/volume/wanted.ts';
import { halfMade, type Look, look, withRun } from './look.ts';
import type { JobStarter } from './start.ts';
import { giveTurn, readTurns, type Taken, type Turns } from './turns.ts';

export interface PlaceOptions {
  readonly documents: Documents;
  readonly jobs: JobStarter;
  readonly clock: Clock;
  readonly limits: Limits;
}

/**
 * How often one delivery looks again after somebody else was faster; then Pub/Sub delivers it again. Whoever was faster took a volume, so
 * this is more than a repository may have of them.
 */
const maxLooks = 20;

/** What a look came to. */
export interface Placed {
  /** The ids of the runs whose Jobs were made. */
  readonly started: ReadonlySet<string>;
  /** Runs of other repositories whose turn it is, for which places are free. */
  readonly next: readonly Stored<Run>[];
}

/** A run that has just been written down, and the places as they were looked at meanwhile. */
export interface Newcomer {
  readonly runId: string;
  readonly turns: Promise<Turns>;
}

/**
 * Starts what can be started of a repository, and goes on with what was begun. For a newcomer it sees to that run alone, in its order
 * among the others: each of them has a message of its own, and a hundred that come at once would else all reach for the same volumes.
 */
export async function place(options: PlaceOptions, first: Look, work: Work, newcomer?: Newcomer): Promise<Placed> {
  const started = new Set<string>();
  const isMeant = ({ id }: Run): boolean => newcomer === undefined || newcomer.runId === id;
  let seen = first;
  let asked = newcomer?.turns ?? turnsFor(options, first);
  for (let looks = 1; ; looks += 1) {
    try {
      const [turns] = await Promise.all([asked, resume(options, seen)]);
      await placeOnce(options, seen, { started, turns, isMeant });
      work.note({ started: started.size, waiting: seen.queued.length - started.size });
      return { started, next: await nextAfter(options, seen, turns) };
    } catch (error) {
      if (errorCode(error) !== 'conflict' || looks === maxLooks) throw error;
      seen = await lookAgain(options, first.repository.value.id, newcomer);
      asked = turnsFor(options, seen);
    }
  }
}

/** The newcomer may be further behind than a look takes in. */
async function lookAgain({ documents }: PlaceOptions, repoId: string, newcomer: Newcomer | undefined): Promise<Look> {
  const [seen, run] = await Promise.all([
    look(documents, repoId),
    newcomer === undefined ? null : readRun(documents, newcomer.runId),
  ]);
  return { ...seen, queued: withRun(seen.queued, run) };
}

/** Looks at the places that the repository's runs need beside their volumes. @param areWanted whether one of them waits, or is on its way */
export async function turnsFor(
  { documents, limits }: PlaceOptions,
  { repository, queued }: Look,
  areWanted = queued.length > 0,
): Promise<Turns> {
  return await readTurns(documents, repository.value, { limits, areWanted });
}

/** If a run of this repository was next, it has started or waits for something else now, and somebody else is. */
async function nextAfter(options: PlaceOptions, seen: Look, turns: Turns): Promise<readonly Stored<Run>[]> {
  const { id } = seen.repository.value;
  const isOwn = ({ value }: Stored<Run>): boolean => value.repoId === id;
  const next = turns.next();
  const now = next.some(isOwn) ? (await turnsFor(options, seen, false)).next() : next;
  return now.filter((run) => !isOwn(run));
}

/** Claims are made one by one, in order: the first that somebody else was faster with ends the look. */
async function placeOnce(
  options: PlaceOptions,
  seen: Look,
  {
    started,
    turns,
    isMeant,
  }: { readonly started: Set<string>; readonly turns: Turns; readonly isMeant: (run: Run) => boolean },
): Promise<void> {
  const { customer, defaultBranch } = seen.repository.value;
  const runs = new Map(seen.queued.map((run) => [run.value.id, run]));
  const volumes = new Map(seen.volumes.map((volume) => [volume.value.index, volume]));
  // One beyond what is wanted is on its way out.
  const wanted = volumeCount(seen.repository.value);
  const plan = planRepository({
    queued: seen.queued.map(({ value }) => value).filter((run) => run.vouched && !rests(run, options.clock.now())),
    volumes: seen.volumes.map(({ value }) => value).filter((volume) => isWanted(volume, wanted)),
    defaultRef: `refs/heads/${defaultBranch}`,
  });
  for (const { run: planned, volume } of plan.placements) {
    const before = { run: runs.get(planned.id), volume: volumes.get(volume.index) };
    if (before.run === undefined || before.volume === undefined || !isMeant(planned)) continue;
    const run = before.run.value;
    const taken = turns.take(run);
    if (taken.heldBack !== null) {
      await wait(options, before.run, { for: taken.heldBack, reason: taken.reason, customer });
      continue;
    }
    const [lease, secrets] = await Promise.all([
      claim(options, { run: before.run, volume: before.volume }, taken),
      options.jobs.secretsOf(run),
    ]);
    await options.jobs.start(seen.repository.value, { lease, secrets, resumed: false });
    started.add(run.id);
  }
  for (const { run, reason, stuck } of plan.waiting) {
    const before = runs.get(run.id);
    if (before !== undefined && isMeant(run))
      await wait(options, before, { for: 'volume', reason, customer, changes: stuck });
  }
}

/** Writes down for what a run waits. */
async function wait(
  { documents, limits }: PlaceOptions,
  before: Stored<Run>,
  why: {
    readonly for: WaitsFor;
    readonly reason: string;
    readonly customer: string;
    readonly changes?: boolean;
  },
): Promise<void> {
  const run = before.value;
  // Told once: a reason that follows every change of the queue would cost a write for each run behind it.
  const isTold = run.waitReason !== null && run.waitsFor === why.for;
  if (isTold && (why.changes !== true || run.waitReason === why.reason)) return;
  const { reason, customer } = why;
  const isNew = why.for === 'installation' && run.share === null;
  const turn = isNew ? await giveTurn(documents, { repoId: run.repoId, customer }, limits) : null;
  const change = { type: 'waits', for: why.for, reason, customer, share: turn?.share ?? null } as const;
  try {
    await saveRun(documents, before, changed(run, change), turn?.writes);
  } catch (error) {
    // Whoever was faster has said for what it waits, or started it. A turn is to be given all the same.
    if (errorCode(error) !== 'conflict' || turn !== null) throw error;
  }
}

async function claim(options: PlaceOptions, before: Held, { slots, writes }: Taken): Promise<Held> {
  const run = before.run.value;
  const volume = leased(before.volume.value, run);
  const name = jobName(run);
  const at = options.clock.now();
  const change = { type: 'claimed', volume: volume.index, epoch: volume.epoch, jobName: name, slots, at } as const;
  return await saveLease(options.documents, before, { run: changed(run, change), volume, also: writes });
}

/** Goes on with claims whose Job nobody has recorded. */
async function resume(options: PlaceOptions, seen: Look): Promise<void> {
  for (const volume of seen.volumes) {
    const lease = await halfMade(options.documents, volume);
    if (lease === null) continue;
    const secrets = await options.jobs.secretsOf(lease.run.value);
    await options.jobs.start(seen.repository.value, { lease, secrets, resumed: true });
  }
}
