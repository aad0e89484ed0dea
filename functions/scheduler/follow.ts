import { errorCode } from '../../shared/errors.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import { saveStored, type Stored } from '../../shared/store/record.ts';
import { Repository } from '../../shared/store/repositories.ts';
import { type RefreshOptions, refreshRepository } from './refresh.ts';

/** What a push says of its repository. */
type Told = Pick<RunRequested, 'fullName' | 'defaultBranch' | 'private'>;

/** What of that is new to us: that it is private, which needs no proof to be heeded, or anything else. Pure. */
export function whatIsNew(told: Told, known: Pick<Repository, keyof Told>): 'is-private' | 'changed' | null {
  const { fullName, defaultBranch, private: isPrivate } = told;
  if (isPrivate === true && !known.private) return 'is-private';
  const differs =
    (fullName ?? known.fullName) !== known.fullName ||
    (defaultBranch ?? known.defaultBranch) !== known.defaultBranch ||
    (isPrivate ?? known.private) !== known.private;
  return differs ? 'changed' : null;
}

/**
 * Follows what a push says of its repository: that it is private hides it at once, and all else is a reason to ask GitHub. The push is
 * not kept waiting where GitHub does not answer: the next one says the same.
 * @returns what was done, for the log; null for nothing. @throws YbError `conflict`
 */
export async function followPush(
  options: RefreshOptions,
  before: Stored<Repository>,
  told: Told,
): Promise<string | null> {
  const news = whatIsNew(told, before.value);
  if (news === null || before.value.stopped !== null) return null;
  if (news === 'is-private') {
    const next = { ...before.value, private: true };
    await saveStored(options.documents, { schema: Repository, before, next });
    return 'hidden';
  }
  try {
    return await refreshRepository(options, before);
  } catch (error) {
    return `failed: ${errorCode(error)}`;
  }
}
