import { diskName } from '../../shared/attempt/names.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Cluster } from '../../shared/outside/cluster.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Stored } from '../../shared/store/record.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import { readVolume, saveVolume } from '../../shared/store/volumes.ts';
import { retiring } from '../../shared/volume/cleaning.ts';
import type { Volume } from '../../shared/volume/volume.ts';
import type { Cleaner } from './cleaning.ts';

export interface RetireOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly cleaner: Cleaner;
  readonly clock: Clock;
}

/** Until somebody looks again at one that may not go yet. */
const soonMilliseconds = 10_000;

/**
 * Lets a volume go with its disk, as soon as nobody writes to it. May be called again after any outcome.
 * @param mayGo false for one that is given to nobody any more and stays for a while: by its due time the tick comes back
 * @returns whether both are gone
 */
export async function retire(
  options: RetireOptions,
  repository: Repository,
  before: Stored<Volume>,
  mayGo = true,
): Promise<boolean> {
  const { cluster, documents, clock } = options;
  switch (before.value.state) {
    case 'leased':
      return false;
    case 'fenced':
    case 'cleaning': {
      await options.cleaner.clean(repository, before);
      // Nobody tells of what this look itself has found: a writer that is gone.
      const now = await readVolume(documents, repository.id, before.value.index);
      if (now === null || now.value.state === 'fenced' || now.value.state === 'cleaning') return now === null;
      return await retire(options, repository, now, mayGo);
    }
    case 'free':
    case 'quarantined':
    case 'retiring': {
      // First that nobody is given it, then its disk, and last the lease: whoever dies in between is followed by another.
      const at = clock.now();
      const soon = new Date(at.getTime() + soonMilliseconds);
      const volume = await saveVolume(documents, before, retiring(before.value, at, mayGo ? undefined : soon));
      if (!mayGo) return false;
      const name = diskName(repository.id, volume.value.index);
      const disk = await cluster.readDisk(name);
      if (disk !== null) await cluster.deleteDisk({ repoId: repository.id, name, uid: disk.uid });
      if (disk !== null && (await cluster.readDisk(name)) !== null) return false;
      await documents.commit([{ type: 'delete', path: volume.path, version: volume.version }]);
      return true;
    }
  }
}
