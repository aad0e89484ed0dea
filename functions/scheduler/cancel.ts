import type { Clock } from '../../shared/clock.ts';
import type { RunCancelled } from '../../shared/messages/messages.ts';
import type { Publisher } from '../../shared/pubsub/publisher.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/store/documents.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';
import type { JobStarter } from './start.ts';

/**
 * Ends a run on somebody's word. One that waits is over at once. One that works has its Job expired, so that the Pod ends
 * in an orderly way and the watcher settles it when the Pod is gone; one that is over stays as it is.
 */
export async function cancelRun(options: {
  readonly documents: Documents;
  readonly publisher: Publisher;
  readonly jobs: JobStarter;
  readonly clock: Clock;
  readonly event: RunCancelled;
}): Promise<void> {
  const before = await readRun(options.documents, options.event.runId);
  if (before === null || before.value.state === 'finished') return;
  const asked = changed(before.value, { type: 'cancel-requested', by: options.event.by, at: options.clock.now() });
  if (asked.state === 'queued') {
    await saveRun(options.documents, before, cancelledInQueue(asked, options.clock.now()));
  } else {
    await saveRun(options.documents, before, asked);
    if (asked.job !== null) await options.jobs.expire(asked.job.name);
  }
  await options.publisher.publish({ v: 1, type: 'run.changed', runId: asked.id });
}

function cancelledInQueue(run: Run, at: Date): Run {
  const by = run.cancel === null ? '' : ` by ${run.cancel.by}`;
  return changed(run, {
    type: 'finished',
    at,
    log: null,
    phases: {},
    outcome: {
      verdict: 'cancelled',
      code: 'cancelled',
      reason: `cancelled${by} before it started`,
      fault: 'nobody',
      counts: null,
      failed: [],
      toolchain: null,
      exitCode: null,
    },
  });
}
