import { errorCode } from '../../shared/errors.ts';
import type { Work } from '../../shared/log.ts';
import type { JobEvent } from '../../shared/messages/messages.ts';
import type { Publisher } from '../../shared/pubsub/publisher.ts';
import { triggerFields } from '../../shared/run/trigger.ts';
import type { Documents } from '../../shared/store/documents.ts';
import { openRuns, runOfJob } from '../../shared/store/runs.ts';
import { repositoriesWithDueVolumes, repositoryOfCleaning } from '../../shared/store/volumes.ts';
import { reportStatus, type ReportOptions } from './report.ts';
import { settle, type SettleOptions } from './settle.ts';

export interface WatcherOptions extends SettleOptions, ReportOptions {
  readonly documents: Documents;
  readonly publisher: Publisher;
}

/** How many open runs one tick looks at; the oldest first, so that none is left out for ever. */
const sweepLimit = 200;

/** Settles runs: what has become of the Job → verdict → the volume free → what GitHub shows. */
export function createWatcher(options: WatcherOptions): (event: JobEvent, work: Work) => Promise<void> {
  return async (event, work) => {
    work.note({ event: event.type });
    switch (event.type) {
      case 'run.changed':
      case 'signal':
        await lookAt(options, event.runId, work);
        break;
      case 'job.finished': {
        // A Job whose uid is not recorded yet, or not ours: the tick finds what is left.
        const run = await runOfJob(options.documents, event.jobUid);
        if (run === null) await cleaningEnded(options, event.jobUid, work);
        else await lookAt(options, run.value.id, work);
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
  };
}

/** A run is looked at again after a conflict: somebody else moved it on, and what is left to do may be different now. */
const maxLooks = 4;

async function lookAt(options: WatcherOptions, runId: string, work: Work): Promise<void> {
  work.note({ run: runId });
  for (let looks = 1; ; looks += 1) {
    try {
      const run = await settle(options, runId);
      work.note({
        ...triggerFields(run.value.trigger),
        repo: run.value.repoId,
        state: run.value.state,
        verdict: run.value.outcome?.verdict,
      });
      const status = await reportStatus(options, run);
      work.note({ status });
      return;
    } catch (error) {
      if (errorCode(error) !== 'conflict' || looks === maxLooks) throw error;
      await options.clock.sleep(150 * looks);
    }
  }
}

/** Volumes are the scheduler's: it is told where to look. */
async function cleaningEnded({ documents, publisher }: WatcherOptions, jobUid: string, work: Work): Promise<void> {
  const repoId = await repositoryOfCleaning(documents, jobUid);
  work.note({ repo: repoId ?? undefined });
  if (repoId !== null) await publisher.publish({ v: 1, type: 'volume.freed', repoId });
}

/** Says of everything unfinished that somebody should look, each in a message of its own: one bad run stops no other. */
async function sweep(options: WatcherOptions, work: Work): Promise<void> {
  const [runs, aside] = await Promise.all([
    openRuns(options.documents, sweepLimit),
    repositoriesWithDueVolumes(options.documents, options.clock.now(), sweepLimit),
  ]);
  const waiting = new Set([
    ...runs.filter(({ value }) => value.state === 'queued' || value.job?.uid === null).map(({ value }) => value.repoId),
    ...aside,
  ]);
  work.note({ open: runs.length, waiting: waiting.size, aside: aside.length });
  await Promise.all([
    ...runs.map(async ({ value }) => {
      await options.publisher.publish({ v: 1, type: 'run.changed', runId: value.id });
    }),
    ...[...waiting].map(async (repoId) => {
      await options.publisher.publish({ v: 1, type: 'volume.freed', repoId });
    }),
  ]);
}
