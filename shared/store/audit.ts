import type { Documents } from '../outside/documents.ts';
import { AuditEntry } from '../repository/audit.ts';
import { retention } from '../retention.ts';
import { ask } from './queries.ts';
import { creationOf, type Stored, stored, updateOf } from './record.ts';

/**
 * Writes down what is about to be done. It fails before anything is done.
 * @param of the path of the repository or the person whose trail it is
 * @throws YbError
 */
export async function beginEntry(
  documents: Documents,
  of: string,
  entry: Omit<AuditEntry, 'id' | 'result' | 'expireAt'> & { readonly random: Uint8Array },
): Promise<Stored<AuditEntry>> {
  const { random, ...said } = entry;
  const milliseconds = entry.at.getTime();
  const value: AuditEntry = {
    ...said,
    id: `${String(milliseconds).padStart(15, '0')}-${Buffer.from(random).toString('hex')}`,
    result: null,
    expireAt: new Date(milliseconds + retention.auditDays * 86_400_000),
  };
  const path = `${of}/audit/${value.id}`;
  const [version] = await documents.commit([creationOf(AuditEntry, path, value)]);
  if (version === undefined) throw new RangeError('a commit without a version');
  return { value, path, version };
}

/** Adds how it ended, once. @throws YbError */
export async function endEntry(
  documents: Documents,
  entry: Stored<AuditEntry>,
  end: Pick<AuditEntry, 'about'> & { readonly result: string },
): Promise<void> {
  const write = updateOf(AuditEntry, entry, { ...entry.value, ...end });
  if (write !== null) await documents.commit([write]);
}

/** The entries of a repository or a person, the newest first. @param of its path @param before the id of the last one of the page before */
export async function readEntries(
  documents: Documents,
  of: string,
  { limit, before }: { readonly limit: number; readonly before: string | undefined },
): Promise<AuditEntry[]> {
  const found = await ask(documents, 'audit', {
    in: of,
    equal: {},
    limit,
    ...(before === undefined ? {} : { after: before }),
  });
  return found.map((snapshot) => stored(AuditEntry, snapshot).value);
}
