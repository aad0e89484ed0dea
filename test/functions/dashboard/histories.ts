import { branchOf, type KeptStatus, type PastRun } from '../../../shared/history/history.ts';
import { historyWrites } from '../../../shared/store/history.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { at } from './made-runs.ts';
import type { World } from './dashboard-rig.ts';

const statuses: Readonly<Record<string, KeptStatus>> = { P: 'PASSED', L: 'FLAKY', F: 'FAILED', T: 'TIMEOUT' };

/** Run 1001, 1002 and so on, ten minutes apart, all of them before every scene. */
export function earlierRun(number: number, ref = 'refs/heads/main'): PastRun {
  return {
    id: sampleRunId(1000 + number),
    attempt: 1,
    at: at(-1000 + number * 10),
    onDefaultBranch: ref === 'refs/heads/main',
    branch: branchOf(ref),
  };
}

/**
 * What runs before every scene came to, by label, oldest first and a letter each: `L` is flaky, `.` was not executed.
 * @param last a run after them that has the last letters
 */
export async function addHistory(
  world: World,
  letters: Readonly<Record<string, string>>,
  options: { readonly ref?: string; readonly last?: PastRun } = {},
): Promise<void> {
  const longest = Math.max(...Object.values(letters).map((all) => all.length));
  for (let place = 0; place < longest; place += 1) {
    const run = place === longest - 1 && options.last ? options.last : earlierRun(place + 1, options.ref);
    const outcomes = new Map(
      Object.entries(letters).flatMap(([label, all]) => {
        const status = statuses[all[place] ?? '.'];
        const outcome = { attempts: status === 'FLAKY' ? 2 : 1, durationMs: 600 + place * 40 };
        return status === undefined ? [] : [[label, { status, ...outcome }] as const];
      }),
    );
    await world.documents.commit(await historyWrites(world.documents, '42', { run, outcomes, at: run.at }));
  }
}
