import * as z from 'zod';
import { RepoId } from '../ids.ts';
import type { Documents } from '../outside/documents.ts';
import { PersonName, ShortId, TokenScope } from '../person/person.ts';
import { ask } from './queries.ts';
import { creationOf, type Stored, stored, storedOrNull } from './record.ts';

/** `tokens/{hash}`: a token of this system's own. The token itself is shown once, to whom it was made for. */
export const TokenRecord = z.object({
  id: ShortId,
  person: PersonName,
  /** `login` is the one that `yb login` keeps: it acts as the person, and may make others. */
  kind: z.enum(['made', 'login']),
  name: z.string().min(1).max(100),
  scope: TokenScope,
  /** The only ones it reaches; null for all of the person's. */
  repositories: z
    .array(z.object({ id: RepoId, fullName: z.string() }))
    .max(100)
    .nullable(),
  createdAt: z.date(),
  /** To an hour. */
  lastUsedAt: z.date().nullable(),
  /** When it ends by itself, and Firestore may delete it (https://cloud.google.com/firestore/docs/ttl). */
  expireAt: z.date(),
});
export type TokenRecord = z.output<typeof TokenRecord>;

/** Of one person at once. */
export const maxTokens = 50;

/** @param hash 64 hexadecimal digits */
export function tokenPath(hash: string): string {
  return `tokens/${hash}`;
}

export async function readToken(documents: Documents, hash: string): Promise<Stored<TokenRecord> | null> {
  const [snapshot] = await documents.get([tokenPath(hash)]);
  return storedOrNull(TokenRecord, snapshot);
}

export async function createToken(documents: Documents, hash: string, token: TokenRecord): Promise<void> {
  await documents.commit([creationOf(TokenRecord, tokenPath(hash), token)]);
}

/** A person's tokens, also those that have ended by themselves and are still there. */
export async function tokensOf(documents: Documents, personId: string): Promise<Stored<TokenRecord>[]> {
  const found = await ask(documents, 'tokensOf', { equal: { 'person.id': personId }, limit: 4 * maxTokens });
  return found.map((snapshot) => stored(TokenRecord, snapshot));
}
