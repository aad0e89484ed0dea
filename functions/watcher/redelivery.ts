import { errorCode, publicMessage } from '../../shared/errors.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { GitHubOfRepositories } from '../../shared/outside/github.ts';
import { lastDelivered, lastFailed, redeliveryMilliseconds, toRedeliver } from '../../shared/repository/redelivery.ts';
import { deleteHookCheck, dueHookChecks, type HookCheck, saveHookCheck } from '../../shared/store/hook-checks.ts';
import type { Stored } from '../../shared/store/record.ts';
import { readRegistered, type Repository } from '../../shared/store/repositories.ts';

export interface RedeliveryOptions {
  readonly documents: Documents;
  readonly github: GitHubOfRepositories;
  readonly credentials: Credentials;
  readonly clock: Clock;
}

/** So many hooks one tick looks at. */
const hooksAtOnce = 5;
const minute = 60_000;
/** Between two looks at a hook; sooner after a look that found something, to see that it worked. */
const usualPause = 30 * minute;
const shortPause = 3 * minute;

/**
 * Asks GitHub which deliveries failed, and to make them again, hook by hook: GitHub never does by itself. What goes wrong with one hook
 * is written down for its owner, and keeps no other waiting.
 * @returns what happened, for the log
 */
export async function redeliverFailed(options: RedeliveryOptions): Promise<string | undefined> {
  const due = await dueHookChecks(options.documents, options.clock.now(), hooksAtOnce);
  const said = await Promise.all(
    due.map(async (check) => `${check.value.repoId}: ${await lookAtHook(options, check)}`),
  );
  return said.length === 0 ? undefined : said.join('; ');
}

async function lookAtHook(options: RedeliveryOptions, check: Stored<HookCheck>): Promise<string> {
  const { documents, clock } = options;
  const now = clock.now();
  try {
    const repository = await readRegistered(documents, check.value.repoId);
    if (repository === null) {
      await deleteHookCheck(documents, check);
      return 'not registered';
    }
    // Put off first: a look that ends badly does not keep others from theirs.
    const next = { ...check.value, dueAt: new Date(now.getTime() + usualPause), checkedAt: now };
    const begun = await saveHookCheck(documents, check, next);
    const found = await askHook(options, repository.value, now);
    const dueAt = new Date(now.getTime() + (found.redelivered > 0 ? shortPause : usualPause));
    // GitHub tells of a few days: what it said before them stays.
    const lastDeliveryAt = found.lastDeliveryAt ?? check.value.lastDeliveryAt;
    const lastFailure = found.lastFailure ?? check.value.lastFailure;
    await saveHookCheck(documents, begun, { ...next, ...found, lastDeliveryAt, lastFailure, dueAt });
    return found.problem ?? `${found.redelivered} redelivered`;
  } catch (error) {
    if (errorCode(error) !== 'conflict') throw error;
    return 'somebody else looks';
  }
}

type Found = Pick<HookCheck, 'lastDeliveryAt' | 'lastFailure' | 'redelivered' | 'problem'>;

async function askHook({ github, credentials }: RedeliveryOptions, repository: Repository, now: Date): Promise<Found> {
  const { fullName, hookKey } = repository;
  const nothing = { lastDeliveryAt: null, lastFailure: null, redelivered: 0 };
  if (hookKey === null) return { ...nothing, problem: null };
  let redelivered = 0;
  try {
    const token = await credentials.tokenFor(repository, 'redelivery');
    if (token === null) return { ...nothing, problem: 'the repository has no credential' };
    const since = new Date(now.getTime() - redeliveryMilliseconds);
    const all = await github.deliveries(token, { fullName, hookKey }, since);
    if (all === null) return { ...nothing, problem: 'GitHub has no hook of this repository that leads here' };
    for (const delivery of toRedeliver(all, now)) {
      await github.redeliver(token, fullName, delivery);
      redelivered += 1;
    }
    return { lastDeliveryAt: lastDelivered(all), lastFailure: lastFailed(all), redelivered, problem: null };
  } catch (error) {
    return { ...nothing, redelivered, problem: publicMessage(error) };
  }
}
