import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { givesWay, mostCounted, restAfter, restReason } from '../../shared/queue/crowd.ts';
import { type Limits, pushLimitOf, waitingLimitOf } from '../../shared/queue/shares.ts';
import type { Run } from '../../shared/run/run.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import { countComing, countWaiting } from '../../shared/store/runs.ts';
import { endRun } from './cancel.ts';

interface CrowdOptions {
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** Until when a run that comes rests, and why: its owner pushes more often than is tested at once. Null where nothing is against it. */
export async function restOf(
  { documents, clock, limits }: CrowdOptions,
  { customer }: Pick<Repository, 'customer'>,
): Promise<{ readonly until: Date; readonly reason: string } | null> {
  const limit = pushLimitOf(limits, customer);
  if (limit === null) return null;
  const now = clock.now();
  const until = restAfter(await countComing(documents, customer, now, mostCounted(limit)), limit, now);
  return until === null ? null : { until, reason: restReason(limit) };
}

/**
 * Ends one waiting run of a repository whose owner has more of them than may wait: each that comes takes another's place. Its status
 * says why.
 * @returns its id; null if none gives way
 */
export async function thinOut(
  options: CrowdOptions,
  repository: Repository,
  queued: readonly Run[],
): Promise<string | null> {
  const { customer, defaultBranch } = repository;
  const limit = waitingLimitOf(options.limits, customer);
  if (limit === null || (await countWaiting(options.documents, customer, limit + 1)) <= limit) return null;
  const found = givesWay(queued, { defaultRef: `refs/heads/${defaultBranch}` });
  if (found === null) return null;
  const { run, newer } = found;
  const by = `the limit of ${limit} waiting runs of an owner`;
  await endRun(options, run.id, { by, newer: newer === null ? null : { runId: newer.id, sha: newer.sha } });
  return run.id;
}
