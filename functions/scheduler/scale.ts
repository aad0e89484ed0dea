import { errorCode } from '../../shared/errors.ts';
import type { Run } from '../../shared/run/run.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { creationOf, type Stored } from '../../shared/store/record.ts';
import { type Repository, volumeCount } from '../../shared/store/repositories.ts';
import { volumePath } from '../../shared/store/volumes.ts';
import { newVolume, Volume } from '../../shared/volume/volume.ts';
import { scaling } from '../../shared/volume/wanted.ts';
import { retire, type RetireOptions } from './retire.ts';

/**
 * Makes a repository have as many volumes as its owner wants, and one for each run of a fork that may start: those that are missing
 * come, and those beyond, or that a fork's run has used, go as soon as nobody writes to them. What runs is not disturbed.
 * @param queued the runs that wait
 * @returns what happened, for the log; null if nothing was to be done
 */
export async function scaleVolumes(
  options: RetireOptions,
  repository: Repository,
  volumes: readonly Stored<Volume>[],
  queued: readonly Run[],
): Promise<string | null> {
  const wanted = { own: volumeCount(repository), forks: queued.filter(({ trust }) => !isTrusted(trust)).length };
  const values = volumes.map(({ value }) => value);
  const now = options.clock.now();
  const beyond = new Set(scaling(values, wanted, now).retire);
  const gone = new Set<number>();
  for (const volume of volumes.filter(({ value }) => beyond.has(value.index))) {
    if (await retire(options, repository, volume)) gone.add(volume.value.index);
  }
  // In place of one that is gone by now another one may come at once.
  const left = values.filter(({ index }) => !gone.has(index));
  const { make } = scaling(left, wanted, now);
  for (const { index, trust } of make) {
    try {
      const path = volumePath(repository.id, index);
      await options.documents.commit([creationOf(Volume, path, newVolume(index, trust))]);
    } catch (error) {
      // Somebody else has made it just now.
      if (errorCode(error) !== 'already-exists') throw error;
    }
  }
  if (make.length === 0 && gone.size === 0) return null;
  return `${make.length} more, ${gone.size} gone, of ${wanted.own}`;
}
