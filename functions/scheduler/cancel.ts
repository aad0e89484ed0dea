import type { Clock } from '../../shared/outside/clock.ts';
import { YbError } from '../../shared/errors.ts';
import type { RunCancelled } from '../../shared/messages/messages.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { endedInQueue } from '../../shared/run/outcome.ts';
import type { RunEnd } from '../../shared/run/run.ts';
import { changed, waits } from '../../shared/run/transitions.ts';
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
  if (await endRun(options, runId, { by, newer: null })) return;
  // Told of the end before it was told of the run; if it came just now, it is found by another look.
  const isAhead = await cancelAhead(options.documents, runId, { by, at: options.clock.now() });
  if (!isAhead) throw new YbError('conflict', 'the run came while its end was written down');
}

/**
 * Has a run end. One that waits is over at once. Of one that works it is written down: the watcher, which is told, has its Job end
 * in an orderly way and settles it when the Pod is gone. One that is over stays as it is, and the first word counts.
 * @returns whether there is such a run
 */
export async function endRun(options: EndOptions, runId: string, end: Omit<RunEnd, 'at'>): Promise<boolean> {
  const { documents, messenger, clock } = options;
  const found = await untilWritten(async () => {
    const before = await readRun(documents, runId);
    if (before === null) return 'none';
    if (before.value.state === 'finished') return 'over';
    const asked = changed(before.value, { type: 'cancel-requested', ...end, at: clock.now() });
    await saveRun(documents, before, waits(asked) ? endedInQueue(asked, clock.now()) : asked);
    return 'ended';
  });
  if (found === 'ended') await messenger.publish({ v: 1, type: 'run.changed', runId });
  return found !== 'none';
}
