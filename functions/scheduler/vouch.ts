import { errorCode, YbError } from '../../shared/errors.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import type { GitHubOfRepositories } from '../../shared/outside/github.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import { pullOf } from '../../shared/run/approval.ts';
import { runIdOfPull, runIdOfPush } from '../../shared/run/identity.ts';
import { type Run, shortRef } from '../../shared/run/run.ts';
import { isTrusted, trustOf } from '../../shared/run/trust.ts';
import type { Repository } from '../../shared/store/repositories.ts';

/** What GitHub says of a commit that a message tells of. */
export type Word =
  /** It is on the branch, or of the pull request. */
  | 'vouched'
  /** It is not there, or not yet. */
  | 'elsewhere'
  /** GitHub does not show the repository to its credential. */
  | 'refused';

export interface VouchOptions {
  readonly github: GitHubOfRepositories;
  readonly credentials: Credentials;
}

/**
 * Asks GitHub whether the commit is on the branch, or of the pull request, that a message names, with the repository's own credential:
 * who can publish messages can name any commit, a fork's too.
 * @throws YbError `github-unavailable` or `github-rate-limited`
 */
export async function vouch(
  { github, credentials }: VouchOptions,
  repository: Repository,
  { ref, sha }: Pick<Run, 'ref' | 'sha'>,
): Promise<Word> {
  const { fullName } = repository;
  const pull = pullOf(ref);
  if (pull === null && !isTrusted(trustOf(ref))) return 'elsewhere';
  try {
    const token = await credentials.tokenFor(repository, 'vouch');
    const isThere =
      pull === null
        ? await github.isOnBranch(token, { fullName, sha }, shortRef(ref))
        : await github.isInPull(token, { fullName, sha }, pull);
    return isThere ? 'vouched' : 'elsewhere';
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
  const { source } = request.trigger;
  if (source !== 'push' && source !== 'pull-request') return;
  const isPull = pullOf(request.ref) !== null;
  if (isPull !== (source === 'pull-request') || request.runId !== idOf(request))
    throw new YbError('malformed-message', 'the id of the run is not the one of its push');
}

function idOf({ repoId, ref, before, sha, pushedAt }: RunRequested): string {
  if (pullOf(ref) !== null) return runIdOfPull({ repoId, ref, sha });
  return runIdOfPush({ repoId, ref, before, after: sha, pushedAt: pushedAt === null ? null : new Date(pushedAt) });
}
