import { errorCode, YbError } from '../../../shared/errors.ts';
import { parseJson } from '../../../shared/json.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { GitHub, Grant, Person } from '../../../shared/outside/github.ts';
import type { Key } from '../../../shared/outside/keys.ts';
import { grantPlace, personPath, PersonRecord, readPerson } from '../../../shared/store/people.ts';
import { commitChange, creationOf, saveStored, type Stored, untilWritten } from '../../../shared/store/record.ts';
import * as z from 'zod';
import { createMemory } from '../../../shared/memory.ts';

/**
 * What GitHub gave this installation's App for each person. Everything that acts for a person acts with it: it is refreshed here, and
 * when GitHub ends it, the person's sessions and tokens end.
 */
export interface Grants {
  /** Keeps what a sign-in brought, in place of what was there. */
  keep(person: Person, grant: Grant): Promise<void>;
  /**
   * The person's token of GitHub, for what was made at `since`; up to a minute old.
   * @throws YbError `unauthenticated` if GitHub has ended what it had given by then
   */
  tokenOf(personId: string, since: Date): Promise<string>;
  /** GitHub has said that it does not know this token any more. Nothing happens if there is another by now. */
  refused(personId: string, token: string): Promise<void>;
}

const Tokens = z.object({ token: z.string().min(1), refreshToken: z.string().nullable() });
type Tokens = z.output<typeof Tokens>;

interface Current {
  readonly token: string;
  readonly endedAt: Date | null;
  readonly expiresAt: Date | null;
}

const seenMilliseconds = 60_000;
/** Before a token's end; so that nobody holds one that another instance has just refreshed. */
const marginMilliseconds = 30_000;
const remembered = 5_000;

export function createGrants(options: {
  readonly documents: Documents;
  readonly github: Pick<GitHub, 'refresh' | 'isOurs'>;
  /** The dashboard's alone. */
  readonly key: Key;
  readonly clock: Clock;
}): Grants {
  const { documents, github, key, clock } = options;
  const known = createMemory<Current>({ clock, limit: remembered });
  const now = (): number => clock.now().getTime();

  const recordOf = async (person: Person, grant: Grant, endedAt: Date | null): Promise<PersonRecord> => {
    const { token, expiresAt, refreshToken } = grant;
    const sealed = await key.seal(grantPlace(person.id), JSON.stringify({ token, refreshToken } satisfies Tokens));
    const { id, login } = person;
    return { id, login, grant: { sealed, expiresAt, refreshable: refreshToken !== null }, endedAt };
  };
  const open = async ({ id, grant }: PersonRecord): Promise<Tokens> => {
    if (grant === null) throw over();
    try {
      return parseJson(Tokens, await key.open(grantPlace(id), grant.sealed), { what: 'grant' });
    } catch (error) {
      // Sealed with a key that is gone: the person signs in again.
      if (errorCode(error) === 'unreadable-secret') throw over();
      throw error;
    }
  };
  const isOver = ({ grant }: PersonRecord): boolean =>
    grant?.expiresAt !== null && grant !== null && grant.expiresAt.getTime() - marginMilliseconds <= now();

  const end = async (before: Stored<PersonRecord>): Promise<void> => {
    const next = { ...before.value, grant: null, endedAt: clock.now() };
    await saveStored(documents, { schema: PersonRecord, before, next });
  };

  /** The next grant in place of an expired one. Of two instances at once one gets it, and the other finds it. */
  const refreshed = async (before: Stored<PersonRecord>): Promise<Stored<PersonRecord>> => {
    const { refreshToken } = await open(before.value);
    if (refreshToken === null) throw over();
    try {
      const next = await recordOf(before.value, await github.refresh(refreshToken), before.value.endedAt);
      return await saveStored(documents, { schema: PersonRecord, before, next });
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'unauthenticated' && code !== 'conflict') throw error;
      const newer = await readPerson(documents, before.value.id);
      if (newer !== null && newer.value.grant?.sealed !== before.value.grant?.sealed) return newer;
      await end(before);
      throw over();
    }
  };

  const current = async (personId: string): Promise<Current> => {
    const found = await readPerson(documents, personId);
    if (found === null) throw over();
    const { value } = isOver(found.value) ? await refreshed(found) : found;
    const { token } = await open(value);
    return { token, endedAt: value.endedAt, expiresAt: value.grant?.expiresAt ?? null };
  };

  /** Whether GitHub has ended what it had given before: what is refreshed later is asked then. */
  const hasEnded = async (record: PersonRecord): Promise<boolean> => {
    if (record.grant === null || isOver(record)) return false;
    return !(await github.isOurs((await open(record)).token));
  };

  const keepOnce = async (person: Person, grant: Grant): Promise<void> => {
    const before = await readPerson(documents, person.id);
    if (before === null) {
      const record = await recordOf(person, grant, null);
      await commitChange(documents, [creationOf(PersonRecord, personPath(person.id), record)]);
      return;
    }
    const { endedAt } = before.value;
    const next = await recordOf(person, grant, (await hasEnded(before.value)) ? clock.now() : endedAt);
    await saveStored(documents, { schema: PersonRecord, before, next });
  };

  return {
    async keep(person, grant) {
      await untilWritten(async () => {
        await keepOnce(person, grant);
      });
      known.forget(person.id);
    },
    async tokenOf(personId, since) {
      const { token, endedAt } = await known.of(
        personId,
        async () => await current(personId),
        ({ expiresAt }) =>
          Math.min(seenMilliseconds, expiresAt === null ? Infinity : expiresAt.getTime() - marginMilliseconds - now()),
      );
      if (endedAt !== null && since.getTime() < endedAt.getTime()) throw over();
      return token;
    },
    async refused(personId, token) {
      known.forget(personId);
      const before = await readPerson(documents, personId);
      if (before === null || before.value.grant === null) return;
      if ((await open(before.value)).token !== token) return;
      // Whoever was first to hear of it has written it down.
      await end(before).catch((error: unknown) => {
        if (errorCode(error) !== 'conflict') throw error;
      });
    },
  };
}

function over(): YbError {
  return new YbError('unauthenticated', 'GitHub has ended this sign-in');
}
