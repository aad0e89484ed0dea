import type { Clock } from '../../shared/outside/clock.ts';
import type { RunApproved } from '../../shared/messages/messages.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { untilWritten } from '../../shared/store/record.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';

/**
 * Lets a fork's commit run on somebody's word. Of a run that waits for no word, or is not there, nothing changes: whoever allows it
 * has seen it, so it is there.
 * @returns its repository, where the run may start now; else null
 */
export async function approveRun(options: {
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly event: RunApproved;
}): Promise<string | null> {
  const { documents, messenger, clock, event } = options;
  const run = await untilWritten(async () => {
    const before = await readRun(documents, event.runId);
    if (before === null) return null;
    const next = changed(before.value, { type: 'approved', by: event.by, at: clock.now() });
    return (await saveRun(documents, before, next)).value;
  });
  if (run === null || run.state !== 'queued') return null;
  await messenger.publish({ v: 1, type: 'run.changed', runId: run.id });
  return run.repoId;
}
