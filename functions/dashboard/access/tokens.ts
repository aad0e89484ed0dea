import { YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Person } from '../../../shared/outside/github.ts';
import type { Random } from '../../../shared/outside/random.ts';
import type { Stored } from '../../../shared/store/record.ts';
import { createToken, maxTokens, readToken, type TokenRecord, tokensOf } from '../../../shared/store/tokens.ts';
import { hashOf, shortIdOf } from './short-id.ts';

/** A new token, and what is kept of it. */
export interface Made {
  readonly token: string;
  readonly record: TokenRecord;
}

/** Tokens of this system's own. Each acts with the right of the person it was made for, and never with more than it was made with. */
export interface Tokens {
  /** The token's record, if it is one that is good; its use is written down, to an hour. */
  of(token: string): Promise<TokenRecord | null>;
  /** @returns the token, which nobody can see again. @throws YbError `unprocessable` if the person has too many */
  make(
    person: Person,
    what: Pick<TokenRecord, 'kind' | 'name' | 'scope' | 'repositories'> & { readonly days: number },
  ): Promise<Made>;
  /** Those of a person that are good, the newest first. */
  list(personId: string): Promise<TokenRecord[]>;
  /** It is refused from the next request on. @returns whether there was one */
  revoke(personId: string, id: string): Promise<boolean>;
}

/** By which people, and programs that look for secrets in texts, know a token of ours. */
const prefix = 'yb_';
const secretBytes = 32;
const usedMilliseconds = 3_600_000;

/** Whether a text is in the form of our tokens. */
export function isOwnToken(text: string): boolean {
  return text.startsWith(prefix);
}

export function createTokens(options: {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly random: Random;
}): Tokens {
  const { documents, clock, random } = options;
  const isGood = ({ expireAt }: TokenRecord): boolean => expireAt.getTime() > clock.now().getTime();
  const good = async (personId: string): Promise<Stored<TokenRecord>[]> =>
    (await tokensOf(documents, personId)).filter(({ value }) => isGood(value));

  const used = async ({ value, path, version }: Stored<TokenRecord>): Promise<void> => {
    const now = clock.now();
    if (value.lastUsedAt !== null && now.getTime() - value.lastUsedAt.getTime() < usedMilliseconds) return;
    const fields = { lastUsedAt: now };
    // Another request may have written it, or somebody may have revoked the token meanwhile.
    await documents.commit([{ type: 'update', path, fields, version }]).catch(() => undefined);
  };

  return {
    async of(token) {
      const found = await readToken(documents, hashOf(token));
      if (found === null || !isGood(found.value)) return null;
      await used(found);
      return found.value;
    },
    async make({ id: personId, login }, { days, ...what }) {
      if ((await good(personId)).length >= maxTokens) {
        throw new YbError('unprocessable', `You have ${maxTokens} tokens: revoke one first`);
      }
      const token = `${prefix}${Buffer.from(random.bytes(secretBytes)).toString('base64url')}`;
      const hash = hashOf(token);
      const now = clock.now();
      const record: TokenRecord = {
        ...what,
        id: shortIdOf(hash),
        person: { id: personId, login },
        createdAt: now,
        lastUsedAt: null,
        expireAt: new Date(now.getTime() + days * 86_400_000),
      };
      await createToken(documents, hash, record);
      return { token, record };
    },
    async list(personId) {
      const found = (await good(personId)).map(({ value }) => value);
      return found.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    },
    async revoke(personId, id) {
      const found = (await tokensOf(documents, personId)).filter(({ value }) => value.id === id);
      if (found.length > 0) await documents.commit(found.map(({ path }) => ({ type: 'delete', path })));
      return found.length > 0;
    },
  };
}
