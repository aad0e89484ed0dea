import { decodeJobEvent } from '../../shared/messages/codec.ts';
import { createMessenger } from '../../shared/messages/messenger.ts';
import { type PushedEvent, createEventHandler } from '../../shared/messages/event-handler.ts';
import type { WatcherSettings } from './settings.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import { createCredentials } from '../../shared/github/credentials.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import { errorCode } from '../../shared/errors.ts';
import type { Work } from '../../shared/log.ts';
import type { JobEvent } from '../../shared/messages/messages.ts';
import { triggerFields } from '../../shared/run/trigger.ts';
import { changed, lookAgainSeconds } from '../../shared/run/transitions.ts';
import { type Run, tookMilliseconds } from '../../shared/run/run.ts';
import type { Stored } from '../../shared/store/record.ts';
import { dueRuns, runOfJob, saveRun, setAside, sorted } from '../../shared/store/runs.ts';
import {
  repositoriesWithDueVolumes,
  repositoriesWithIdleVolumes,
  repositoryOfWriter,
} from '../../shared/store/volumes.ts';
import { archiveLog } from './archive.ts';
import { endOrphans } from './orphans.ts';
import { redeliverFailed } from './redelivery.ts';
import { type ReplayOptions, replayDeadLetters } from './replay.ts';
import { reportStatus, type ReportOptions } from './report.ts';
import { settle, type SettleOptions } from './settle.ts';
import { tellNews } from './tell.ts';

/** What the watcher may reach. */
export type WatcherOutside = Pick<
  Outside,
  'documents' | 'publisher' | 'deadLetters' | 'cluster' | 'objects' | 'github' | 'clock' | 'random' | 'log'
> & { readonly keys: { readonly credentials: Opener } };

/** The parts of one watcher, made once for the life of an instance. */
type WatcherOptions = SettleOptions & ReportOptions & ReplayOptions;

/** How many runs one tick has looked at: those that are due the longest, so that none is left out for ever. */
const sweepLimit = 200;
/** How many disks one tick has given back: that waits easily. */
const idleLimit = 20;

/**
 * Settles runs. A message only says where to look; what is done follows from what is true then:
 *
 *     run.changed, signal, job.finished, pod.ending ─▶ look at one run
 *       observe ─▶ next step ─▶ judge ─▶ settle ─▶ report ─▶ tell ─▶ archive
 *                            settle.ts, decide.ts, waiting.ts, tests.ts, branch.ts, report.ts, tell.ts, archive.ts
 *     tick ─▶ sweep: says of everything that is due that somebody should look; has failed deliveries made again, redelivery.ts,
 *            plays messages again that were put aside, replay.ts, and ends Jobs that nobody owns, orphans.ts
 *
 * @returns the one-parameter handler of a CloudEvent
 */
export function createWatcher(
  outside: WatcherOutside,
  settings: WatcherSettings,
): (event: PushedEvent) => Promise<void> {
  const { clock, log } = outside;
  const messenger = createMessenger(outside.publisher);
  const parts: WatcherOptions = {
    ...outside,
    messenger,
    credentials: createCredentials({ ...outside, key: outside.keys.credentials }),
    topicPrefix: settings.YB_TOPIC_PREFIX,
    dashboardUrl: settings.YB_DASHBOARD_URL,
    pauses: settings.YB_RETRY_PAUSES,
    patience: { imageSeconds: settings.YB_IMAGE_WAIT_SECONDS, startSeconds: settings.YB_START_WAIT_SECONDS },
  };
  return createEventHandler({
    op: 'watch',
    topicPrefix: settings.YB_TOPIC_PREFIX,
    decode: decodeJobEvent,
    handle: async (event, work) => {
      await handle(parts, event, work);
    },
    messenger,
    log,
    clock,
  });
}

async function handle(options: WatcherOptions, event: JobEvent, work: Work): Promise<void> {
  work.note({ event: event.type });
  switch (event.type) {
    case 'run.changed':
      await lookAt(options, event.runId, work);
      break;
    case 'signal':
      await lookAtSignal(options, event, work);
      break;
    case 'job.finished': {
      // A Job whose uid is not recorded yet, or not ours: the tick finds what is left.
      const run = await runOfJob(options.documents, event.jobUid);
      if (run === null || run.value.state === 'finished') await writerEnded(options, event.jobUid, work);
      if (run !== null) await lookAt(options, run.value.id, work);
      break;
    }
    case 'pod.ending': {
      const runId = await options.cluster.readRunOfPod(event.podName);
      if (runId !== null) await lookAt(options, runId, work);
      break;
    }
    case 'tick':
      await sweep(options, work);
      break;
  }
}

/** So often, and after such pauses, the end of a build is waited for whose record is there. */
const looksForEnd = 3;
const pauseForEnd = 1000;

/** The record of a build is there a moment before the cluster says that its container has ended: both together decide. */
async function lookAtSignal(
  options: WatcherOptions,
  { runId, attempt, signal }: Extract<JobEvent, { readonly type: 'signal' }>,
  work: Work,
): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    const run = await lookAt(options, runId, work);
    if (signal !== 'result' || run.state !== 'finishing' || run.attempt !== attempt || looks === looksForEnd) return;
    await options.clock.sleep(pauseForEnd);
  }
}

/** A run is looked at again after a conflict: somebody else moved it on, and what is left to do may be different now. */
const maxLooks = 4;

async function lookAt(options: WatcherOptions, runId: string, work: Work): Promise<Run> {
  work.note({ run: runId });
  for (let looks = 1; ; looks += 1) {
    try {
      const { run, did } = await settle(options, runId);
      work.note({
        ...triggerFields(run.value.trigger),
        repo: run.value.repoId,
        state: run.value.state,
        verdict: run.value.outcome?.verdict,
        // Another look after a conflict did nothing, and the first one did.
        ...(did === undefined ? {} : { did }),
        ...(did === 'ended' ? timesOf(run.value) : {}),
      });
      const told = await reportStatus(options, run);
      work.note({ status: told.said });
      const news = await tellNews(options, told.run);
      work.note({ news: news.said });
      const archived = await archiveLog(options, news.run);
      work.note({ archive: archived.said });
      await comeBack(options, archived.run.value);
      return archived.run.value;
    } catch (error) {
      if (errorCode(error) !== 'conflict' || looks === maxLooks) throw error;
      await options.clock.sleep(150 * looks);
    }
  }
}

/** How long it waited, and how long it took, in seconds; nothing of one that never started. */
function timesOf(run: Run): Readonly<Record<string, number>> {
  const took = tookMilliseconds(run);
  if (run.startedAt === null || took === null) return {};
  const pushed = Math.max(run.pushedAt.getTime(), run.createdAt.getTime());
  return { queue_s: (run.startedAt.getTime() - pushed) / 1000, run_s: took / 1000 };
}

/** Longer pauses are the tick's. */
const longestRest = 15_000;

/** Waits with a run for the time of its next attempt, where that is soon. */
async function comeBack({ clock, messenger }: WatcherOptions, { state, notBefore, repoId }: Run): Promise<void> {
  if (state !== 'queued' || notBefore === null) return;
  const rest = notBefore.getTime() - clock.now().getTime();
  if (rest <= 0 || rest > longestRest) return;
  await clock.sleep(rest);
  await messenger.publish({ v: 1, type: 'volume.freed', repoId });
}

/** Volumes are the scheduler's: it is told where a cleaning, or the writer of a fenced one, has come to its end. */
async function writerEnded({ documents, messenger }: WatcherOptions, jobUid: string, work: Work): Promise<void> {
  const repoId = await repositoryOfWriter(documents, jobUid);
  work.note({ repo: repoId ?? undefined });
  if (repoId !== null) await messenger.publish({ v: 1, type: 'volume.freed', repoId });
}

/**
 * Says of everything at which somebody is to look by now that somebody should, each in a message of its own, and puts off the next
 * look: what cannot be looked at keeps nothing else waiting.
 */
async function sweep(options: WatcherOptions, work: Work): Promise<void> {
  const { documents, clock, messenger } = options;
  const now = clock.now();
  const [found, aside, idle, hooks, replayed, orphans] = await Promise.all([
    dueRuns(documents, now, sweepLimit),
    repositoriesWithDueVolumes(documents, now, sweepLimit),
    repositoriesWithIdleVolumes(documents, now, idleLimit),
    redeliverFailed(options),
    replayDeadLetters(options),
    endOrphans(options),
  ]);
  const { runs, unreadable } = sorted(found);
  const waiting = new Set([
    // One whose Job was never recorded is asked about as a run: who looks at it says so to the scheduler.
    ...runs.filter(({ value }) => value.state === 'queued').map(({ value }) => value.repoId),
    ...aside,
    ...idle,
  ]);
  work.note({
    due: runs.length,
    waiting: waiting.size,
    aside: aside.length,
    idle: idle.length || undefined,
    unreadable: unreadable.length || undefined,
    oldest_waiting_s: oldestWait(
      runs.map(({ value }) => value),
      now,
    ),
    hooks,
    replayed,
    orphans,
  });
  await Promise.all([
    ...runs.map(async (run) => {
      await messenger.publish({ v: 1, type: 'run.changed', runId: run.value.id });
      await putOff(documents, run, now);
    }),
    ...[...waiting].map(async (repoId) => {
      await messenger.publish({ v: 1, type: 'volume.freed', repoId });
    }),
    ...unreadable.map(async (one) => {
      await setAside(documents, one, now);
    }),
  ]);
}

/** In seconds; 0 where nobody waits. */
function oldestWait(runs: readonly Run[], now: Date): number {
  const waits = runs.filter(({ state }) => state === 'queued').map((run) => now.getTime() - run.createdAt.getTime());
  return Math.max(0, ...waits) / 1000;
}

/** Somebody who changed it meanwhile has looked at it. */
async function putOff(documents: WatcherOptions['documents'], run: Stored<Run>, now: Date): Promise<void> {
  const at = new Date(now.getTime() + lookAgainSeconds[run.value.state] * 1000);
  await saveRun(documents, run, changed(run.value, { type: 'look-again', at })).catch((error: unknown) => {
    if (errorCode(error) !== 'conflict') throw error;
  });
}
