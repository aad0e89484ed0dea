import { errorCode } from '../../shared/errors.ts';
import { ownTrust } from '../../shared/run/trust.ts';
import { creationOf, type Stored } from '../../shared/store/record.ts';
import { type Repository, volumeCount } from '../../shared/store/repositories.ts';
import { volumePath } from '../../shared/store/volumes.ts';
import { newVolume, Volume } from '../../shared/volume/volume.ts';
import { retire, type RetireOptions } from './retire.ts';

/**
 * Makes a repository have as many volumes as its owner wants: those that are missing come, and those beyond go as soon as nobody writes
 * to them. What runs is not disturbed.
 * @returns what happened, for the log; null if nothing was to be done
 */
export async function scaleVolumes(
  options: RetireOptions,
  repository: Repository,
  volumes: readonly Stored<Volume>[],
): Promise<string | null> {
  const wanted = volumeCount(repository);
  const known = new Set(volumes.map(({ value }) => value.index));
  const gone: number[] = [];
  // One that was on its way out when it was wanted again goes all the same: its disk may be gone already. Another one takes its place.
  for (const volume of volumes.filter(({ value }) => value.index >= wanted || value.state === 'retiring')) {
    const { index } = volume.value;
    if (!(await retire(options, repository, volume))) continue;
    gone.push(index);
    known.delete(index);
  }
  const missing = Array.from({ length: wanted }, (_, index) => index).filter((index) => !known.has(index));
  for (const index of missing) {
    try {
      const path = volumePath(repository.id, index);
      await options.documents.commit([creationOf(Volume, path, newVolume(index, ownTrust))]);
    } catch (error) {
      // Somebody else has made it just now.
      if (errorCode(error) !== 'already-exists') throw error;
    }
  }
  if (missing.length === 0 && gone.length === 0) return null;
  return `${missing.length} more, ${gone.length} gone, of ${wanted}`;
}
