import { doubledPause } from '../../shared/back-off.ts';
import { publicMessage } from '../../shared/errors.ts';
import { archiveChunks } from '../../shared/logs/archive.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Stored } from '../../shared/store/record.ts';
import { saveRun } from '../../shared/store/runs.ts';

const second = 1000;
const pauses = { firstMilliseconds: 30 * second, longestMilliseconds: 3600 * second };
const givenUpAfter = 24 * 3600 * second;

/**
 * Makes the archive of a run that is over and whose courier could not: what was uploaded of its log until then. Verdict, volume and
 * status do not wait for it; it is tried for a day.
 * @returns the run as it is now, and what happened, for the log
 */
export async function archiveLog(
  options: { readonly documents: Documents; readonly objects: ObjectStore; readonly clock: Clock },
  before: Stored<Run>,
): Promise<{ readonly run: Stored<Run>; readonly said: string | undefined }> {
  const { documents, objects, clock } = options;
  const run = before.value;
  if (
    run.state !== 'finished' ||
    run.archive === null ||
    run.archive.nextAt === null ||
    run.archive.nextAt > clock.now()
  )
    return { run: before, said: undefined };
  try {
    const log = await archiveChunks({ store: objects, runId: run.id, attempt: run.attempt });
    const next = changed(run, { type: 'archived', log, at: clock.now() });
    return { run: await saveRun(documents, before, next), said: log === null ? 'nothing-there' : 'archived' };
  } catch (error) {
    const at = clock.now();
    const next = changed(run, {
      type: 'not-archived',
      problem: publicMessage(error),
      nextAt: nextTry(run.archive, at),
      at,
    });
    return { run: await saveRun(documents, before, next), said: publicMessage(error) };
  }
}

/** When to try again after a failure; null to give up. Pure. */
export function nextTry(archive: { readonly tries: number; readonly since: Date }, now: Date): Date | null {
  if (now.getTime() - archive.since.getTime() >= givenUpAfter) return null;
  return new Date(now.getTime() + doubledPause(archive.tries, pauses));
}
