import * as z from 'zod';
import { YbError } from '../errors.ts';
import { VariableName, secretLimits } from '../repository/build-secrets.ts';
import type { Documents } from '../outside/documents.ts';
import { ask } from './queries.ts';
import { type Stored, storedOrNull, fieldsOf, creationOf } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** `repos/{repoId}/secrets/{name}`; `sealed` opens for {@link secretPlace} only. */
export const StoredSecret = z.object({
  name: VariableName,
  sealed: z.string(),
  updatedAt: z.date(),
  updatedBy: z.string(),
});
export type StoredSecret = z.output<typeof StoredSecret>;

export function secretPath(repoId: string, name: string): string {
  return `${repositoryPath(repoId)}/secrets/${name}`;
}

/** What the value of a secret is sealed for. */
export function secretPlace(repoId: string, name: string): string {
  return `${secretPath(repoId, name)}#value`;
}

/** All of a repository's secrets, sealed, by name. */
export async function readSecrets(documents: Documents, repoId: string): Promise<StoredSecret[]> {
  const found = await ask(documents, 'secrets', { in: repositoryPath(repoId), equal: {}, limit: secretLimits.count });
  const secrets = found.flatMap((snapshot) => storedOrNull(StoredSecret, snapshot)?.value ?? []);
  return secrets.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Sets a secret, anew or in place of what it was. @throws YbError `unprocessable` if there are too many */
export async function writeSecret(documents: Documents, repoId: string, secret: StoredSecret): Promise<void> {
  const path = secretPath(repoId, secret.name);
  const known = await read(documents, repoId, secret.name);
  if (known !== null) {
    const fields = fieldsOf(StoredSecret, secret, path);
    await documents.commit([{ type: 'update', path, fields, version: known.version }]);
    return;
  }
  if ((await readSecrets(documents, repoId)).length >= secretLimits.count) {
    throw new YbError('unprocessable', `A repository may have ${secretLimits.count} secrets: remove one first`);
  }
  await documents.commit([creationOf(StoredSecret, path, secret)]);
}

/** @returns whether it was there */
export async function removeSecret(documents: Documents, repoId: string, name: string): Promise<boolean> {
  const known = await read(documents, repoId, name);
  if (known === null) return false;
  await documents.commit([{ type: 'delete', path: secretPath(repoId, name) }]);
  return true;
}

async function read(documents: Documents, repoId: string, name: string): Promise<Stored<StoredSecret> | null> {
  const [snapshot] = await documents.get([secretPath(repoId, name)]);
  return storedOrNull(StoredSecret, snapshot);
}
