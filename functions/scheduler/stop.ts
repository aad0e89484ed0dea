import { diskName } from '../../shared/attempt/names.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Cluster } from '../../shared/outside/cluster.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { saveStored, type Stored } from '../../shared/store/record.ts';
import { Repository } from '../../shared/store/repositories.ts';
import { openRunsOf } from '../../shared/store/runs.ts';
import { readVolume, readVolumes, saveVolume } from '../../shared/store/volumes.ts';
import { retiring } from '../../shared/volume/cleaning.ts';
import type { Volume } from '../../shared/volume/volume.ts';
import { cancelRun } from './cancel.ts';
import type { Cleaner } from './cleaning.ts';

export interface StopOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly cleaner: Cleaner;
  readonly messenger: Messenger;
  readonly clock: Clock;
}

/** So many runs are ended at one look; the end of each of them has the repository looked at again. */
const runsAtOnce = 50;

/**
 * Takes a repository out, as far as that can be done now: its runs end as if somebody had cancelled each, and every volume goes with
 * its disk once nobody writes to it. When nothing is left its credential goes, which until then tells GitHub how the runs ended. What
 * it ran stays to be seen. Every call may be made again after any outcome; a volume's due time has the tick come back.
 * @returns what happened, for the log
 */
export async function stopRepository(options: StopOptions, repository: Stored<Repository>): Promise<string> {
  const { documents } = options;
  const { id, stopped } = repository.value;
  const [open, volumes] = await Promise.all([openRunsOf(documents, id, runsAtOnce), readVolumes(documents, id)]);
  const unfinished = open.filter(({ value }) => value.state !== 'finished');
  for (const { value } of unfinished) {
    if (value.cancel !== null) continue;
    const requestedAt = options.clock.now().toISOString();
    const event = { v: 1, type: 'run.cancelled', runId: value.id, by: stopped?.by ?? 'yb', requestedAt } as const;
    await cancelRun({ ...options, event });
  }
  const left: string[] = [];
  for (const volume of volumes) {
    if (!(await retire(options, repository.value, volume))) left.push(`${volume.value.index}: ${volume.value.state}`);
  }
  if (unfinished.length === 0 && left.length === 0 && repository.value.credential !== null) {
    const next = { ...repository.value, credential: null };
    await saveStored(documents, { schema: Repository, before: repository, next });
  }
  return `${unfinished.length} runs end, volumes left: ${left.join(', ') || 'none'}`;
}

/** @returns whether the volume and its disk are gone */
async function retire(options: StopOptions, repository: Repository, before: Stored<Volume>): Promise<boolean> {
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
      return await retire(options, repository, now);
    }
    case 'free':
    case 'quarantined':
    case 'retiring': {
      // First that nobody is given it, then its disk, and last the lease: whoever dies in between is followed by another.
      const volume = await saveVolume(documents, before, retiring(before.value, clock.now()));
      const name = diskName(repository.id, volume.value.index);
      const disk = await cluster.readDisk(name);
      if (disk !== null) await cluster.deleteDisk({ repoId: repository.id, name, uid: disk.uid });
      if (disk !== null && (await cluster.readDisk(name)) !== null) return false;
      await documents.commit([{ type: 'delete', path: volume.path, version: volume.version }]);
      return true;
    }
  }
}
