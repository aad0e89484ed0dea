import { Volume } from '../volume/volume.ts';
import type { Documents } from './documents.ts';
import { type Stored, stored, storedOrNull } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** More than any repository has. */
const maxVolumes = 64;

export function volumePath(repoId: string, index: number): string {
  return `${repositoryPath(repoId)}/volumes/${index}`;
}

export async function readVolumes(documents: Documents, repoId: string): Promise<Stored<Volume>[]> {
  const snapshots = await documents.query({
    collection: `${repositoryPath(repoId)}/volumes`,
    where: [],
    limit: maxVolumes,
  });
  return snapshots.map((snapshot) => stored(Volume, snapshot));
}

export async function readVolume(documents: Documents, repoId: string, index: number): Promise<Stored<Volume> | null> {
  const [snapshot] = await documents.get([volumePath(repoId, index)]);
  return storedOrNull(Volume, snapshot);
}
