import * as z from 'zod';
import type { Documents } from '../../shared/outside/documents.ts';
import { creationOf } from '../../shared/store/record.ts';
import { Run } from '../../shared/run/run.ts';
import { runPath } from '../../shared/store/runs.ts';
import { createControlPlane } from './control-plane.ts';
import { noon, sampleRun, sampleRunId, sampleSha } from './sample-run.ts';

/** What lies in the database of an installation. */
export interface Stock {
  /** Runs that are over, with nothing left to do. */
  readonly finished: number;
  /** Runs that wait, each of a repository of its own. */
  readonly waiting: number;
  /** So many of those are to be looked at now, and the others later. */
  readonly due: number;
}

const Cost = z.object({ reads: z.number(), writes: z.number() });

/** Firestore takes no more of them at once. */
const writesAtOnce = 500;

/** What one tick of the watcher costs where so much is there. */
export async function measureTick(
  documents: Documents,
  { finished, waiting, due }: Stock,
): Promise<{ readonly reads: number; readonly writes: number; readonly told: number }> {
  const lines: unknown[] = [];
  const log = (fields: object): void => {
    lines.push(fields);
  };
  const plane = createControlPlane({ documents, change: () => ({ log: { info: log, warn: log, error: log } }) });
  const runs = function* (): Generator<Run> {
    for (let number = 1; number <= finished; number += 1) {
      yield sampleRun({ id: sampleRunId(number), sha: sampleSha(number), state: 'finished', nextLookAt: null });
    }
    for (let number = 1; number <= waiting; number += 1) {
      const minutes = number <= due ? -1 : 60;
      yield sampleRun({
        id: sampleRunId(finished + number),
        repoId: String(1000 + number),
        nextLookAt: new Date(noon.getTime() + minutes * 60_000),
      });
    }
  };
  const all = [...runs()];
  for (let from = 0; from < all.length; from += writesAtOnce) {
    const part = all.slice(from, from + writesAtOnce);
    await documents.commit(part.map((run) => creationOf(Run, runPath(run.id), run)));
  }
  const before = plane.publisher.waiting.length;
  await plane.handle({ v: 1, type: 'tick' });
  const { reads, writes } = Cost.parse(lines.at(-1));
  return { reads, writes, told: plane.publisher.waiting.length - before };
}
