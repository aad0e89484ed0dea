import type { Clock } from '../outside/clock.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { saveStored, type Stored } from './record.ts';
import { Repository } from './repositories.ts';
import { readSecrets, secretPath } from './repository-secrets.ts';

/**
 * Writes down that nothing of the repository runs any more, and forgets its secrets and the key of its badge in the same commit.
 * @throws YbError `conflict`
 */
export async function markStopped(
  { documents, clock }: { readonly documents: Documents; readonly clock: Clock },
  before: Stored<Repository>,
  { by, why }: Pick<NonNullable<Repository['stopped']>, 'by' | 'why'>,
): Promise<void> {
  const stopped = { at: clock.now(), by, why };
  const secrets = await readSecrets(documents, before.value.id);
  const also = secrets.map(({ name }): Write => ({ type: 'delete', path: secretPath(before.value.id, name) }));
  await saveStored(documents, { schema: Repository, before, next: { ...before.value, stopped, badgeKey: null }, also });
}
