import { createHash } from 'node:crypto';
import { YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { GitHub, Person, PersonsRepository } from '../../../shared/outside/github.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { readRepository } from '../../../shared/store/repositories.ts';
import { createMemory } from './memory.ts';

/** What a person may do with a repository: *read* sees, *write* starts, cancels and runs again, *admin* registers. */
export type Right = 'read' | 'write' | 'admin';

/**
 * Who asks: all that is known of a person is a token that this installation's App was given for them. The one of a session was;
 * of one in a header, GitHub is asked.
 */
export interface Caller {
  readonly token: string;
  /** By a cookie, which a browser also sends when another site asks it to; else by a header. */
  readonly by: 'cookie' | 'header';
}

/**
 * What a person may see and do, as GitHub says it to that person's own token. Answers are up to a minute old; a refusal is
 * up to ten seconds old, so that who was just given a right need not wait.
 * @throws YbError `unauthenticated` if GitHub does not know the token, or gave it to another program
 */
export interface Access {
  /** Null if GitHub does not show it to the caller. */
  byName(caller: Caller, fullName: string): Promise<PersonsRepository | null>;
  /**
   * The repository behind a run. Names change hands: the name that we know is asked for first, and if another repository
   * has it by now, GitHub is asked by number. Null also if nobody registered it.
   */
  byId(caller: Caller, repoId: string): Promise<PersonsRepository | null>;
  /** The repositories that the caller used last. */
  all(caller: Caller): Promise<readonly PersonsRepository[]>;
  /** Null for a token that is no person's. */
  person(caller: Caller): Promise<Person | null>;
}

const seenMilliseconds = 60_000;
const unseenMilliseconds = 10_000;
const remembered = 5_000;

export function allows(repository: PersonsRepository, right: Right): boolean {
  const { pull, push, admin } = repository.permissions;
  return { read: pull, write: push, admin }[right];
}

export function createAccess(options: {
  readonly github: GitHub;
  readonly documents: Documents;
  readonly clock: Clock;
}): Access {
  const { github, documents, clock } = options;
  const repositories = createMemory<PersonsRepository | null>({ clock, limit: remembered });
  const lists = createMemory<readonly PersonsRepository[]>({ clock, limit: 200 });
  const people = createMemory<Person | null>({ clock, limit: remembered });
  const own = createMemory<boolean>({ clock, limit: remembered });
  /** The caller's token, if it is one that counts. */
  const counting = async ({ token, by }: Caller): Promise<string> => {
    if (by === 'cookie') return token;
    // An installation's token is a program's, whoever holds it.
    const isOurs =
      !token.startsWith('ghs_') &&
      (await own.of(
        hashed(token),
        async () => await github.isOurs(token),
        (known) => (known ? seenMilliseconds : unseenMilliseconds),
      ));
    if (!isOurs) throw new YbError('unauthenticated', 'a token that was given to another program');
    return token;
  };
  return {
    async byName(caller, fullName) {
      const token = await counting(caller);
      return await repositories.of(
        `${hashed(token)} ${fullName.toLowerCase()}`,
        async () => await github.repository(token, fullName),
        lifetime,
      );
    },
    async byId(caller, repoId) {
      const token = await counting(caller);
      return await repositories.of(
        `${hashed(token)} #${repoId}`,
        async () => {
          const stored = await readRepository(documents, repoId);
          if (stored === null) return null;
          const named = await github.repository(token, stored.value.fullName);
          return named?.id === repoId ? named : await github.repositoryById(token, repoId);
        },
        lifetime,
      );
    },
    async all(caller) {
      const token = await counting(caller);
      return await lists.of(
        hashed(token),
        async () => await github.repositories(token),
        () => seenMilliseconds,
      );
    },
    async person(caller) {
      const token = await counting(caller);
      return await people.of(hashed(token), async () => await github.user(token), lifetime);
    },
  };
}

function lifetime(answer: object | null): number {
  return answer === null ? unseenMilliseconds : seenMilliseconds;
}

/** Tokens are not kept, not even in memory. */
export function hashed(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
