import { errorCode, YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { GitHub, Person, PersonsRepository } from '../../../shared/outside/github.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Right } from '../../../shared/person/person.ts';
import { readRepository } from '../../../shared/store/repositories.ts';
import type { Grants } from './grants.ts';
import type { Caller } from './identity.ts';
import { createMemory } from '../../../shared/memory.ts';
import { hashOf } from './short-id.ts';

/**
 * What a caller may see and do: what GitHub says to the person's own token, and no more than the caller was let in for. Answers are
 * up to a minute old; a refusal is up to ten seconds old, so that who was just given a right need not wait.
 * @throws YbError `unauthenticated` if GitHub does not know the token: then the person's sessions and tokens end
 */
export interface Access {
  /** Null if GitHub does not show it to the caller. */
  byName(caller: Caller, fullName: string): Promise<PersonsRepository | null>;
  /**
   * The repository behind a run. Names change hands: the name that we know is asked for first, and if another repository
   * has it by now, GitHub is asked by number. Null also if nobody registered it.
   */
  byId(caller: Caller, repoId: string): Promise<PersonsRepository | null>;
  /** Whether this installation's App is installed on the repository. */
  isInstalled(caller: Caller, repository: PersonsRepository): Promise<boolean>;
  /** The repositories that the caller used last. */
  all(caller: Caller): Promise<readonly PersonsRepository[]>;
  /** @throws YbError `unauthenticated` also for a token that is no person's */
  person(caller: Caller): Promise<Person>;
}

const seenMilliseconds = 60_000;
const unseenMilliseconds = 10_000;
const remembered = 5_000;

export function allows(repository: PersonsRepository, right: Right): boolean {
  const { pull, push, admin } = repository.permissions;
  return { read: pull, write: push, admin }[right];
}

/** The repository with what is left of the person's right to whoever was let in for less; null if that is nothing. */
export function limited(repository: PersonsRepository | null, { limit }: Pick<Caller, 'limit'>) {
  if (repository === null || limit.repositories?.has(repository.id) === false) return null;
  const { pull, push, admin } = repository.permissions;
  const permissions = { pull, push: push && limit.scope !== 'read', admin: admin && limit.scope === 'admin' };
  return { ...repository, permissions };
}

export function createAccess(options: {
  readonly github: GitHub;
  readonly documents: Documents;
  readonly grants: Grants;
  readonly clock: Clock;
}): Access {
  const { github, documents, grants, clock } = options;
  const repositories = createMemory<PersonsRepository | null>({ clock, limit: remembered });
  const lists = createMemory<readonly PersonsRepository[]>({ clock, limit: 200 });
  const installed = createMemory<boolean>({ clock, limit: remembered });
  const people = createMemory<Person | null>({ clock, limit: remembered });

  const asking = async <Answer>({ token, known }: Caller, question: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await question();
    } catch (error) {
      if (errorCode(error) === 'unauthenticated' && known !== null) await grants.refused(known.id, token);
      throw error;
    }
  };
  return {
    async byName(caller, fullName) {
      const { token } = caller;
      const found = await repositories.of(
        `${hashOf(token)} ${fullName.toLowerCase()}`,
        async () => await asking(caller, async () => await github.repository(token, fullName)),
        lifetime,
      );
      return limited(found, caller);
    },
    async byId(caller, repoId) {
      const { token } = caller;
      const found = await repositories.of(
        `${hashOf(token)} #${repoId}`,
        async () => {
          const stored = await readRepository(documents, repoId);
          if (stored === null) return null;
          return await asking(caller, async () => {
            const named = await github.repository(token, stored.value.fullName);
            return named?.id === repoId ? named : await github.repositoryById(token, repoId);
          });
        },
        lifetime,
      );
      return limited(found, caller);
    },
    async isInstalled(caller, repository) {
      const { token } = caller;
      return await installed.of(
        `${hashOf(token)} #${repository.id}`,
        async () => await asking(caller, async () => await github.isInstalled(token, repository)),
        (answer) => (answer ? seenMilliseconds : unseenMilliseconds),
      );
    },
    async all(caller) {
      const { token } = caller;
      const found = await lists.of(
        hashOf(token),
        async () => await asking(caller, async () => await github.repositories(token)),
        () => seenMilliseconds,
      );
      return found.map((repository) => limited(repository, caller)).filter((repository) => repository !== null);
    },
    async person(caller) {
      const { token } = caller;
      const person = await people.of(
        hashOf(token),
        async () => await asking(caller, async () => await github.user(token)),
        lifetime,
      );
      if (person === null) throw new YbError('unauthenticated', "a token that is no person's");
      return person;
    },
  };
}

function lifetime(answer: object | null): number {
  return answer === null ? unseenMilliseconds : seenMilliseconds;
}
