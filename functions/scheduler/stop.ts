import type { Messenger } from '../../shared/messages/messenger.ts';
import { saveStored, type Stored } from '../../shared/store/record.ts';
import { Repository } from '../../shared/store/repositories.ts';
import { openRunsOf } from '../../shared/store/runs.ts';
import { readCommitReport } from '../../shared/store/commit-reports.ts';
import { readVolumes } from '../../shared/store/volumes.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { isTold } from '../../shared/run/commit-report.ts';
import type { Run } from '../../shared/run/run.ts';
import { endRun } from './cancel.ts';
import { halfMade } from './look.ts';
import type { JobStarter } from './start.ts';
import { retire, type RetireOptions } from './retire.ts';

export interface StopOptions extends RetireOptions {
  readonly messenger: Messenger;
  readonly jobs: JobStarter;
}

/** So many runs are ended at one look; the end of each of them has the repository looked at again. */
const runsAtOnce = 50;

/**
 * Takes a repository out, as far as that can be done now: its runs end as if somebody had cancelled each, and every volume goes with
 * its disk once nobody writes to it. When nothing is left its credential goes, which until then tells GitHub how the runs ended. A volume
 * stays as long as a run goes on or, where its owner took the repository out, GitHub has not heard of its end: by its due time the tick
 * comes back. What it ran stays to be seen. Every call may be made again after any outcome.
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
  // Nobody goes on with what was about to start.
  for (const volume of volumes) {
    const lease = await halfMade(documents, volume);
    if (lease !== null) await options.jobs.abandon(lease);
  }
  const untold = stopped?.why === 'unregistered' ? await untoldOf(documents, open) : 0;
  const left: string[] = [];
  for (const [index, volume] of volumes.entries()) {
    const mayGo = unfinished.length + untold === 0 || index > 0;
    if (!(await retire(options, repository.value, volume, mayGo)))
      left.push(`${volume.value.index}: ${volume.value.state}`);
  }
  if (unfinished.length === 0 && left.length === 0 && repository.value.credential !== null) {
    const next = { ...repository.value, credential: null };
    await saveStored(documents, { schema: Repository, before: repository, next });
  }
  return `${unfinished.length} runs end, ${untold} untold, volumes left: ${left.join(', ') || 'none'}`;
}

/** Of how many runs that are over GitHub has not been told, and will be. */
async function untoldOf(documents: Documents, open: readonly Stored<Run>[]): Promise<number> {
  const over = open.map(({ value }) => value).filter(({ state, vouched }) => vouched && state === 'finished');
  const reports = await Promise.all(over.map(async (run) => await readCommitReport(documents, run)));
  return over.filter((run, index) => !isTold(reports[index]?.value ?? null, run.id)).length;
}
