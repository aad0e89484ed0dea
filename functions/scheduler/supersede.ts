import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { superseding, usualRule } from '../../shared/queue/supersede.ts';
import type { Run } from '../../shared/run/run.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import { endRun } from './cancel.ts';

/**
 * Ends runs of the branch that a newer push has overtaken: older ones, and the run itself if its push came late. Each says by which
 * commit. Doing it again changes nothing.
 * @returns the ids of those that were ended
 */
export async function supersede(
  options: { readonly documents: Documents; readonly messenger: Messenger; readonly clock: Clock },
  repository: Repository,
  run: Run,
  others: readonly Run[],
): Promise<ReadonlySet<string>> {
  const defaultRef = `refs/heads/${repository.defaultBranch}`;
  const rule = repository.settings.supersede ?? usualRule;
  const { older, by } = superseding(run, others, { defaultRef, rule });
  const ended = new Set<string>();
  const end = async (runId: string, newer: Run): Promise<void> => {
    await endRun(options, runId, { by: 'a newer push', newer: { runId: newer.id, sha: newer.sha } });
    ended.add(runId);
  };
  for (const other of older) await end(other.id, run);
  if (by !== null) await end(run.id, by);
  return ended;
}
