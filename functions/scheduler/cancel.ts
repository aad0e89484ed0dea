import type { Clock } from '../../shared/outside/clock.ts';
import type { RunCancelled } from '../../shared/messages/messages.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed } from '../../shared/run/transitions.ts';
import { YbError } from '../../shared/errors.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { cancelAhead, readRun, saveRun } from '../../shared/store/runs.ts';

/**
 * Ends a run on somebody's word. One that is not there yet will be over when it comes. One that waits is over at once. Of one that works it is written down: the watcher, which is
 * told, has its Job end in an orderly way and settles it when the Pod is gone. One that is over stays as it is.
 */
export async function cancelRun(options: {
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly event: RunCancelled;
}): Promise<void> {
  const { runId, by } = options.event;
  const before = await readRun(options.documents, runId);
  if (before === null) {
    // Told of the end before it was told of the run; if it came just now, it is found by another look.
    const isAhead = await cancelAhead(options.documents, runId, { by, at: options.clock.now() });
    if (!isAhead) throw new YbError('conflict', 'the run came while its end was written down');
    return;
  }
  if (before.value.state === 'finished') return;
  const asked = changed(before.value, { type: 'cancel-requested', by: options.event.by, at: options.clock.now() });
  if (asked.state === 'queued') {
    await saveRun(options.documents, before, cancelledInQueue(asked, options.clock.now()));
  } else {
    await saveRun(options.documents, before, asked);
  }
  await options.messenger.publish({ v: 1, type: 'run.changed', runId: asked.id });
}

/** A run that somebody ended while it waited, or before it was there. Pure. */
export function cancelledInQueue(run: Run, at: Date): Run {
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
