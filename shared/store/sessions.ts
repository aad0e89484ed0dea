import * as z from 'zod';
import type { Documents } from '../outside/documents.ts';
import { PersonName, ShortId } from '../person/person.ts';
import { ask } from './queries.ts';
import { creationOf, type Stored, stored, storedOrNull } from './record.ts';

/** `sessions/{hash}`: a browser in which a person has signed in. The id itself is in the browser's cookie alone. */
export const Session = z.object({
  id: ShortId,
  person: PersonName,
  createdAt: z.date(),
  /** The client's address and what it calls itself, as it said at the sign-in. */
  from: z.string().nullable(),
  agent: z.string().max(200).nullable(),
  /** When it ends by itself, and Firestore may delete it (https://cloud.google.com/firestore/docs/ttl). */
  expireAt: z.date(),
});
export type Session = z.output<typeof Session>;

/** More than anybody has open; older ones stay good and are not listed. */
const listed = 100;

/** @param hash 64 hexadecimal digits */
export function sessionPath(hash: string): string {
  return `sessions/${hash}`;
}

export async function readSession(documents: Documents, hash: string): Promise<Session | null> {
  const [snapshot] = await documents.get([sessionPath(hash)]);
  return storedOrNull(Session, snapshot)?.value ?? null;
}

export async function createSession(documents: Documents, hash: string, session: Session): Promise<void> {
  await documents.commit([creationOf(Session, sessionPath(hash), session)]);
}

/** A person's sessions, also those that have ended by themselves and are still there. */
export async function sessionsOf(documents: Documents, personId: string): Promise<Stored<Session>[]> {
  const found = await ask(documents, 'sessionsOf', { equal: { 'person.id': personId }, limit: listed });
  return found.map((snapshot) => stored(Session, snapshot));
}
