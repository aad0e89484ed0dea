import type { Messenger } from '../../shared/messages/messenger.ts';
import { saveStored, type Stored } from '../../shared/store/record.ts';
import { Repository } from '../../shared/store/repositories.ts';
import { openRunsOf } from '../../shared/store/runs.ts';
import { readVolumes } from '../../shared/store/volumes.ts';
import { endRun } from './cancel.ts';
import { retire, type RetireOptions } from './retire.ts';

export interface StopOptions extends RetireOptions {
  readonly messenger: Messenger;
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
    await endRun(options, value.id, { by: stopped?.by ?? 'yb', newer: null });
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
