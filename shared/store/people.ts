import * as z from 'zod';
import type { Documents } from '../outside/documents.ts';
import { PersonName } from '../person/person.ts';
import { type Stored, storedOrNull } from './record.ts';

/**
 * `people/{id}`: what GitHub gave this installation's App for a person. All sessions and tokens of the person act with it, and end
 * with it.
 */
export const PersonRecord = PersonName.extend({
  /** `sealed` holds the tokens and opens for {@link grantPlace} only. Null once GitHub has ended it. */
  grant: z.object({ sealed: z.string(), expiresAt: z.date().nullable(), refreshable: z.boolean() }).nullable(),
  /** Sessions and tokens from before are over. */
  endedAt: z.date().nullable(),
});
export type PersonRecord = z.output<typeof PersonRecord>;

export function personPath(personId: string): string {
  return `people/${personId}`;
}

/** What a person's grant is sealed for. */
export function grantPlace(personId: string): string {
  return `${personPath(personId)}#grant`;
}

export async function readPerson(documents: Documents, personId: string): Promise<Stored<PersonRecord> | null> {
  const [snapshot] = await documents.get([personPath(personId)]);
  return storedOrNull(PersonRecord, snapshot);
}
