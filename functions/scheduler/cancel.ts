import type { Clock } from '../../shared/outside/clock.ts';
import { YbError } from '../../shared/errors.ts';
import type { RunCancelled } from '../../shared/messages/messages.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { endedInQueue, type RunEnd } from '../../shared/run/outcome.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { untilWritten } from '../../shared/store/record.ts';
import { cancelAhead, readRun, saveRun } from '../../shared/store/runs.ts';

interface EndOptions {
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly clock: Clock;
}

/** Ends a run on somebody's word. One that is not there yet will be over when it comes. */
export async function cancelRun(options: EndOptions & { readonly event: RunCancelled }): Promise<void> {
  const { runId, by } = options.event;
  if ((await readRun(options.documents, runId)) === null) {
    // Told of the end before it was told of the run; if it came just now, it is found by another look.
    const isAhead = await cancelAhead(options.documents, runId, { by, at: options.clock.now() });
    if (!isAhead) throw new YbError('conflict', 'the run came while its end was written down');
    return;
  }
  await endRun(options, runId, { by, newer: null });
}

/**
 * Has a run end. One that waits is over at once. Of one that works it is written down: the watcher, which is told, has its Job end
 * in an orderly way and settles it when the Pod is gone. One that is over stays as it is, and the first word counts.
 */
export async function endRun(options: EndOptions, runId: string, end: Omit<RunEnd, 'at'>): Promise<void> {
  const { documents, messenger, clock } = options;
  const isEnded = await untilWritten(async () => {
    const before = await readRun(documents, runId);
    if (before === null || before.value.state === 'finished') return false;
    const asked = changed(before.value, { type: 'cancel-requested', ...end, at: clock.now() });
    await saveRun(documents, before, asked.state === 'queued' ? endedInQueue(asked, clock.now()) : asked);
    return true;
  });
  if (isEnded) await messenger.publish({ v: 1, type: 'run.changed', runId });
}
