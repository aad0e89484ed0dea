import { errorCode } from '../../shared/errors.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import type { GitHub, PersonsRepository } from '../../shared/outside/github.ts';
import { saveStored, type Stored } from '../../shared/store/record.ts';
import { Repository } from '../../shared/store/repositories.ts';
import { markStopped } from '../../shared/store/stopping.ts';
import type { StopOptions } from './stop.ts';

export interface RefreshOptions extends StopOptions {
  readonly github: Pick<GitHub, 'repositoryById' | 'installationToken'>;
  readonly credentials: Credentials;
}

/** What follows from what GitHub says of a repository now. */
type Finding =
  | { readonly type: 'same' }
  | { readonly type: 'changed'; readonly repository: Repository }
  | { readonly type: 'stopped'; readonly why: 'transferred' | 'uninstalled' };

/**
 * Looks at the repository at GitHub, whoever said that it changed, and follows what is true: another name or default branch is taken
 * over; one that belongs to another account, or on which the App is no longer installed, stops, since its owner's word is gone.
 * @returns what was found, for the log
 * @throws YbError where GitHub does not answer
 */
export async function refreshRepository(options: RefreshOptions, before: Stored<Repository>): Promise<string> {
  const finding = await look(options, before.value);
  switch (finding.type) {
    case 'same':
      break;
    case 'changed':
      await saveStored(options.documents, { schema: Repository, before, next: finding.repository });
      break;
    case 'stopped':
      await markStopped(options, before, { by: 'GitHub', why: finding.why });
      return finding.why;
  }
  return finding.type;
}

async function look({ github, credentials }: RefreshOptions, known: Repository): Promise<Finding> {
  try {
    const token = await freshToken({ github, credentials }, known);
    // Of what nobody has a right to ask about nothing is known.
    return token === null ? { type: 'same' } : findingOf(known, await github.repositoryById(token, known.id));
  } catch (error) {
    const code = errorCode(error);
    // The App asks in its own name, so that a refusal is GitHub's word that it was taken off. A stored token may only have ended.
    const isOff = code === 'github-not-found' || code === 'github-refused';
    if (known.credential?.kind === 'app' && isOff) return { type: 'stopped', why: 'uninstalled' };
    if (isOff || code === 'github-unauthorized' || code === 'unauthenticated') return { type: 'same' };
    throw error;
  }
}

/** Not one of before: of what left the App's installation it would only say that it is not there. */
async function freshToken(
  { github, credentials }: Pick<RefreshOptions, 'github' | 'credentials'>,
  known: Repository,
): Promise<string | null> {
  if (known.credential?.kind !== 'app') return await credentials.tokenFor(known, 'vouch');
  return (await github.installationToken(known, { contents: 'read' })).token;
}

/** Pure. @param seen null if GitHub does not show it to the credential */
export function findingOf(known: Repository, seen: PersonsRepository | null): Finding {
  if (seen === null || seen.id !== known.id) return { type: 'same' };
  if (seen.ownerId !== known.customer) return { type: 'stopped', why: 'transferred' };
  const { fullName, defaultBranch, private: isPrivate } = seen;
  const repository = { ...known, fullName, defaultBranch, private: isPrivate };
  const same = fullName === known.fullName && defaultBranch === known.defaultBranch && isPrivate === known.private;
  return same ? { type: 'same' } : { type: 'changed', repository };
}
