import { diskName } from '../attempt/names.ts';
import type { AccessMode, Disk } from '../outside/cluster.ts';
import * as z from 'zod';
import { RepoId } from '../ids.ts';
import { RepositorySettings } from '../repository/settings.ts';
import type { Documents } from '../outside/documents.ts';
import { ask } from './queries.ts';
import { type Stored, stored, storedOrNull } from './record.ts';

/** How a repository's rights at GitHub are held. */
export const Credential = z.discriminatedUnion('kind', [
  /** The App's installation: nothing is kept, and tokens are made when they are needed. */
  z.object({ kind: z.literal('app'), addedAt: z.date(), addedBy: z.string() }),
  z.object({
    kind: z.literal('token'),
    /** Opens for {@link credentialPlace} only. */
    sealed: z.string(),
    /** By which the same token is known without being opened. */
    fingerprint: z.string().nullable().default(null),
    addedAt: z.date(),
    addedBy: z.string(),
  }),
]);
export type Credential = z.output<typeof Credential>;

/** `repos/{repoId}`; read by every run, so nothing in it is a counter. */
export const Repository = z.object({
  id: RepoId,
  fullName: z.string(),
  defaultBranch: z.string(),
  private: z.boolean(),
  /** Numeric account id at GitHub. */
  customer: z.string(),
  hookKey: z.string().nullable(),
  credential: Credential.nullable(),
  volumes: z.object({ count: z.number().int().min(1), sizeGiB: z.number().int().min(1) }),
  /** What lets its holder see how branches stand: badge and feed, and nothing else. The key itself is shown once. */
  badgeKey: z
    .object({ hash: z.string().regex(/^[0-9a-f]{64}$/), createdAt: z.date(), by: z.string() })
    .nullable()
    .default(null),
  /** What its owner decides about its runs. */
  settings: RepositorySettings.default({}),
  createdAt: z.date(),
  /** Why nothing of it runs any more, until it is registered anew; null for one that is registered. */
  stopped: z
    .object({ at: z.date(), by: z.string(), why: z.enum(['unregistered', 'transferred', 'uninstalled']) })
    .nullable()
    .default(null),
});
export type Repository = z.output<typeof Repository>;

export function repositoryPath(repoId: string): string {
  return `repos/${repoId}`;
}

/** Whether it is shown to everybody: its owner says so, and it is public at GitHub as far as we heard. */
export function isShownToEverybody(repository: Pick<Repository, 'private' | 'settings' | 'stopped'>): boolean {
  return !repository.private && repository.stopped === null && repository.settings.shownTo === 'everybody';
}

/** How many volumes a repository is to have: what its owner says, else what it began with. */
export function volumeCount({ settings, volumes }: Pick<Repository, 'settings' | 'volumes'>): number {
  return settings.volumes ?? volumes.count;
}

/** Whose rights at GitHub are used up by what is done for a repository: those of the App's installation are its owner's. */
export function rightsOf({ id, customer, credential }: Pick<Repository, 'id' | 'customer' | 'credential'>): string {
  return credential?.kind === 'app' ? `app of ${customer}` : `token of ${id}`;
}

/** What a repository's credential is sealed for. */
export function credentialPlace(repoId: string): string {
  return `${repositoryPath(repoId)}#credential`;
}

export async function readRepository(documents: Documents, repoId: string): Promise<Stored<Repository> | null> {
  const [snapshot] = await documents.get([repositoryPath(repoId)]);
  return storedOrNull(Repository, snapshot);
}

/** The repository, if it is registered: one that was, and its history, is read by {@link readRepository}. */
export async function readRegistered(documents: Documents, repoId: string): Promise<Stored<Repository> | null> {
  const repository = await readRepository(documents, repoId);
  return repository?.value.stopped === null ? repository : null;
}

/** The registered repository of a name; null if there is none. */
export async function readNamed(documents: Documents, fullName: string): Promise<Repository | null> {
  const found = await ask(documents, 'repositoriesNamed', { equal: { fullName }, limit: 20 });
  // Names change hands, and who had this one before may not have been heard of since.
  const [newest] = found
    .map((snapshot) => stored(Repository, snapshot).value)
    .sort((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  return newest?.stopped === null ? newest : null;
}

/** What an installation decides about the disks of volumes. */
export interface DiskSettings {
  /** Null for the cluster's default. */
  readonly storageClass: string | null;
  readonly accessMode: AccessMode;
}

/** The disk of one of a repository's volumes. */
export function diskOf(repository: Pick<Repository, 'id' | 'volumes'>, index: number, settings: DiskSettings): Disk {
  return { name: diskName(repository.id, index), sizeGiB: repository.volumes.sizeGiB, ...settings };
}
