import { decodeRunEvent } from '../../shared/messages/codec.ts';
import { jobSettings } from './job-settings.ts';
import { type PushedEvent, createEventHandler } from '../../shared/messages/event-handler.ts';
import type { SchedulerSettings } from './settings.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { YbError, errorCode } from '../../shared/errors.ts';
import { jobName } from '../../shared/attempt/names.ts';
import { createCredentials } from '../../shared/github/credentials.ts';
import type { Work } from '../../shared/log.ts';
import type { RunEvent, RunRequested } from '../../shared/messages/messages.ts';
import { type Messenger, createMessenger } from '../../shared/messages/messenger.ts';
import { planRepository } from '../../shared/queue/plan.ts';
import type { Run } from '../../shared/run/run.ts';
import { outcomeWithoutJob } from '../../shared/run/outcome.ts';
import { triggerFields } from '../../shared/run/trigger.ts';
import { needsVouching } from '../../shared/run/trust.ts';
import { changed, newRun } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Stored } from '../../shared/store/record.ts';
import { type Repository, readRepository } from '../../shared/store/repositories.ts';
import { createRun, queuedRuns, readRun, saveRun } from '../../shared/store/runs.ts';
import { type Held, readVolumes, saveLease } from '../../shared/store/volumes.ts';
import { leased } from '../../shared/volume/lease.ts';
import type { Volume } from '../../shared/volume/volume.ts';
import { cancelRun } from './cancel.ts';
import { type Cleaner, createCleaner } from './cleaning.ts';
import { type JobStarter, createJobStarter } from './start.ts';
import { refreshRepository, type RefreshOptions } from './refresh.ts';
import { stopRepository } from './stop.ts';
import { checkIdentity, mayAppear, vouch, type VouchOptions, type Word } from './vouch.ts';

/** What the scheduler may reach. */
export type SchedulerOutside = Pick<
  Outside,
  'documents' | 'publisher' | 'cluster' | 'github' | 'signer' | 'clock' | 'random' | 'log'
> & { readonly keys: { readonly credentials: Opener } };

/** The parts of one scheduler, made once for the life of an instance. */
interface SchedulerOptions extends VouchOptions, RefreshOptions {
  readonly github: SchedulerOutside['github'];
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly jobs: JobStarter;
  readonly cleaner: Cleaner;
  readonly clock: Clock;
}

/** How many waiting runs of a repository one look takes in: more than it has volumes to give. */
const queueWindow = 20;
/** How often one delivery looks again after somebody else was faster; then Pub/Sub delivers it again. */
const maxLooks = 5;

/** What is true of a repository at one moment. */
interface Look {
  readonly repository: Stored<Repository>;
  readonly volumes: readonly Stored<Volume>[];
  readonly queued: readonly Stored<Run>[];
}

/**
 * Places runs. A message only says where to look; what is done follows from what is true then:
 *
 *     run.requested ─▶ vouch ─▶ admit ┐                          vouch.ts (GitHub's word; the run's document, once)
 *     volume.freed ──▶ clean ─────────┤                          cleaning · cleaning-step
 *                              ┌──────┘
 *                      look ─▶ resume ─▶ plan ─▶ claim ─▶ start  shared/queue/plan.ts, shared/volume/choice.ts, start.ts
 *     run.cancelled ─▶ cancel                                    cancel.ts
 *     repository.changed ─▶ refresh ─▶ stop                      refresh.ts (what GitHub says now), stop.ts
 *
 * @returns the one-parameter handler of a CloudEvent
 */
export function createScheduler(
  outside: SchedulerOutside,
  settings: SchedulerSettings,
): (event: PushedEvent) => Promise<void> {
  const { clock, log } = outside;
  const messenger = createMessenger(outside.publisher);
  const secretKey = outside.keys.credentials;
  const credentials = createCredentials({ ...outside, key: secretKey });
  const common = { ...outside, credentials, secretKey, messenger, settings: jobSettings(settings) };
  const parts: SchedulerOptions = { ...common, jobs: createJobStarter(common), cleaner: createCleaner(common) };
  return createEventHandler({
    op: 'schedule',
    topicPrefix: settings.YB_TOPIC_PREFIX,
    decode: decodeRunEvent,
    handle: async (event, work) => {
      await handle(parts, event, work);
    },
    messenger,
    log,
    clock,
  });
}

async function handle(options: SchedulerOptions, event: RunEvent, work: Work): Promise<void> {
  switch (event.type) {
    case 'run.requested':
      work.note({ run: event.runId, repo: event.repoId, ...triggerFields(event.trigger) });
      await admit(options, event, work);
      break;
    case 'run.cancelled':
      work.note({ run: event.runId });
      await cancelRun({ ...options, event });
      break;
    case 'volume.freed':
      work.note({ repo: event.repoId });
      await tendAndPlace(options, event.repoId, work);
      break;
    case 'repository.changed': {
      work.note({ repo: event.repoId });
      const { repository } = await look(options.documents, event.repoId);
      if (repository.value.stopped === null) work.note({ github: await refreshRepository(options, repository) });
      await tendAndPlace(options, event.repoId, work);
      break;
    }
  }
}

async function look(documents: Documents, repoId: string): Promise<Look> {
  const [repository, volumes, queued] = await Promise.all([
    readRepository(documents, repoId),
    readVolumes(documents, repoId),
    queuedRuns(documents, repoId, queueWindow),
  ]);
  if (repository === null) throw notRegistered(repoId);
  return { repository, volumes, queued };
}

function notRegistered(repoId: string): YbError {
  return new YbError('not-found', `repository ${repoId} is not registered here`);
}

/** Does what is due for volumes that were put aside; where that does not go well, no run waits for it. */
async function tendAndPlace(options: SchedulerOptions, repoId: string, work: Work): Promise<void> {
  const seen = await look(options.documents, repoId);
  if (seen.repository.value.stopped !== null) {
    work.note({ stopped: await stopRepository(options, seen.repository) });
    return;
  }
  const cleanings = await Promise.allSettled(
    seen.volumes.map(async (volume) => {
      const did = await options.cleaner.clean(seen.repository.value, volume);
      return did === null ? [] : [`${volume.value.index}: ${did}`];
    }),
  );
  const done = cleanings.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = cleanings.filter((one) => one.status === 'rejected');
  if (done.length > 0) work.note({ volumes: done.join('; ') });
  const now = done.length > 0 ? await look(options.documents, repoId) : seen;
  await place(options, { ...now, queued: await vouchForWaiting(options, now, null) }, work);
  // Another delivery looks again.
  if (failed[0] !== undefined) throw failed[0].reason;
}

/**
 * Creates the run's document, once however often it is asked for, and places what can be placed. A commit that is not on the
 * branch is turned away: it may be anybody's.
 */
async function admit(options: SchedulerOptions, request: RunRequested, work: Work): Promise<void> {
  checkIdentity(request);
  const seen = await look(options.documents, request.repoId);
  if (seen.repository.value.stopped !== null) throw notRegistered(request.repoId);
  const now = options.clock.now();
  const run = newRun(request, now);
  const word = await wordFor(options, seen, run);
  work.note({ github: word });
  if (word === 'elsewhere') {
    // Said to Pub/Sub, which asks again: GitHub may not show yet what it has just told of.
    if (mayAppear(request, now))
      throw new YbError('github-unavailable', 'GitHub does not show the commit on its branch');
    return;
  }
  const created = await createRun(options.documents, admitted(run, word, now));
  work.note({ created: created !== null });
  // A run that was there already is among the queued ones, or has gone further than that.
  const others = await vouchForWaiting(options, seen, word === 'vouched' ? request.runId : null);
  const queued = created === null ? others : [...others.filter(({ path }) => path !== created.path), created];
  const started = await place(options, { ...seen, queued }, work);
  // One that did not start says that it waits; if an earlier delivery died before this line, it is said now.
  if (!started.has(request.runId)) {
    await options.messenger.publish({ v: 1, type: 'run.changed', runId: request.runId });
  }
}

/** GitHub's word; while it says nothing, the run is written down, so that people see that it waits for that. */
async function wordFor(options: SchedulerOptions, seen: Look, run: Run): Promise<Word> {
  try {
    return needsVouching(run) ? await vouch(options, seen.repository.value, run) : 'vouched';
  } catch (error) {
    await createRun(options.documents, changed(run, { type: 'waits', reason: 'GitHub does not answer' }));
    throw error;
  }
}

function admitted(run: Run, word: Exclude<Word, 'elsewhere'>, at: Date): Run {
  if (word === 'vouched') return needsVouching(run) ? changed(run, { type: 'vouched' }) : run;
  const reason = "The code host refuses the repository's credential, or does not show it the repository.";
  const outcome = outcomeWithoutJob({ code: 'bad-credential', reason });
  return changed(run, { type: 'finished', outcome, log: null, phases: {}, at });
}

/** The waiting runs, after asking GitHub about those of which it had nothing to say; `known` was asked about just now. */
async function vouchForWaiting(options: SchedulerOptions, seen: Look, known: string | null): Promise<Stored<Run>[]> {
  return await Promise.all(
    seen.queued.map(async (stored) => {
      const run = stored.value;
      if (!needsVouching(run)) return stored;
      const word = run.id === known ? 'vouched' : await vouch(options, seen.repository.value, run).catch(() => null);
      const vouched = word === 'vouched';
      return vouched ? await saveRun(options.documents, stored, changed(run, { type: 'vouched' })) : stored;
    }),
  );
}

/** @returns the ids of the runs whose Jobs were made */
async function place(options: SchedulerOptions, first: Look, work: Work): Promise<ReadonlySet<string>> {
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
async function placeOnce(options: SchedulerOptions, seen: Look, started: Set<string>): Promise<void> {
  const runs = new Map(seen.queued.map((run) => [run.value.id, run]));
  const volumes = new Map(seen.volumes.map((volume) => [volume.value.index, volume]));
  const plan = planRepository({
    queued: seen.queued.map(({ value }) => value).filter((run) => !needsVouching(run)),
    volumes: seen.volumes.map(({ value }) => value),
    defaultRef: `refs/heads/${seen.repository.value.defaultBranch}`,
  });
  for (const { run, volume } of plan.placements) {
    const before = { run: runs.get(run.id), volume: volumes.get(volume.index) };
    if (before.run === undefined || before.volume === undefined) continue;
    const [lease, secrets] = await Promise.all([
      claim(options, { run: before.run, volume: before.volume }),
      options.jobs.secretsOf(run),
    ]);
    await options.jobs.start(seen.repository.value, lease, secrets);
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

async function claim(options: SchedulerOptions, before: Held): Promise<Held> {
  const run = before.run.value;
  const volume = leased(before.volume.value, run);
  const name = jobName(run);
  const at = options.clock.now();
  const change = { type: 'claimed', volume: volume.index, epoch: volume.epoch, jobName: name, at } as const;
  return await saveLease(options.documents, before, { run: changed(run, change), volume });
}

/** Goes on with claims whose Job nobody has recorded: a scheduler died in between, or the cluster did not answer. */
async function resume(options: SchedulerOptions, seen: Look): Promise<void> {
  for (const volume of seen.volumes) {
    const { holder } = volume.value;
    if (holder === null || holder.jobUid !== null) continue;
    const run = await readRun(options.documents, holder.runId);
    if (run !== null && run.value.state === 'starting' && run.value.attempt === holder.attempt) {
      const secrets = await options.jobs.secretsOf(run.value);
      await options.jobs.start(seen.repository.value, { run, volume }, secrets);
    }
  }
}
