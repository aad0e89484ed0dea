import { errorCode, YbError } from '../../shared/errors.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import type { GitHubOfRepositories } from '../../shared/outside/github.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import { runIdOfPush } from '../../shared/run/identity.ts';
import { type Run, shortRef } from '../../shared/run/run.ts';
import type { Repository } from '../../shared/store/repositories.ts';

/** What GitHub says of a commit that a message tells of. */
export type Word =
  /** It is on the branch, or is of a fork and is trusted with nothing. */
  | 'vouched'
  /** It is not on the branch, or not yet. */
  | 'elsewhere'
  /** GitHub does not show the repository to its credential. */
  | 'refused';

export interface VouchOptions {
  readonly github: GitHubOfRepositories;
  readonly credentials: Credentials;
}

/**
 * Asks GitHub whether the commit is on the branch that a message names, with the repository's own credential: who can publish
 * messages can name any commit, a fork's too.
 * @throws YbError `github-unavailable` or `github-rate-limited`
 */
export async function vouch(
  { github, credentials }: VouchOptions,
  repository: Repository,
  { ref, sha }: Pick<Run, 'ref' | 'sha'>,
): Promise<Word> {
  const { fullName } = repository;
  try {
    const token = await credentials.tokenFor(repository, 'vouch');
    return (await github.isOnBranch(token, { fullName, sha }, shortRef(ref))) ? 'vouched' : 'elsewhere';
  } catch (error) {
    const code = errorCode(error);
    const refused = code === 'github-unauthorized' || code === 'github-not-found' || code === 'unreadable-secret';
    if (refused) return 'refused';
    throw error;
  }
}

/** A push is shown by GitHub's API a little after its webhook. */
const patienceMilliseconds = 5 * 60_000;

/** Whether a commit that is not on its branch may only not be there yet. */
export function mayAppear(request: Pick<RunRequested, 'requestedAt'>, now: Date): boolean {
  return now.getTime() - Date.parse(request.requestedAt) < patienceMilliseconds;
}

/**
 * The id of a push's run follows from what the push says: under another one it would run twice.
 * @throws YbError `malformed-message`
 */
export function checkIdentity(request: RunRequested): void {
  if (request.trigger.source !== 'push') return;
  const { repoId, ref, before, sha, pushedAt } = request;
  if (
    request.runId !==
    runIdOfPush({ repoId, ref, before, after: sha, pushedAt: pushedAt === null ? null : new Date(pushedAt) })
  ) {
    throw new YbError('malformed-message', 'the id of the run is not the one of its push');
  }
}
