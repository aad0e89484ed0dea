import type { Run } from '../run/run.ts';
import { isTrusted } from '../run/trust.ts';
import { chooseVolume } from '../volume/choice.ts';
import type { Volume } from '../volume/volume.ts';

export interface Placement {
  readonly run: Run;
  readonly volume: Volume;
}

export interface Plan {
  readonly placements: readonly Placement[];
  /** Runs that go on waiting, each with a reason for people. */
  readonly waiting: readonly Waiting[];
}

export interface Waiting {
  readonly run: Run;
  readonly reason: string;
  /** No run of the repository works towards its start: it waits for something else. */
  readonly stuck: boolean;
}

/** Runs of one repository in the order in which they start: as they were pushed, then as they arrived. */
export function inOrder(runs: readonly Run[]): Run[] {
  return [...runs].sort(
    (left, right) =>
      left.pushedAt.getTime() - right.pushedAt.getTime() ||
      left.createdAt.getTime() - right.createdAt.getTime() ||
      (left.id < right.id ? -1 : 1),
  );
}

/** Which waiting runs of one repository start now and on which volume, and why the others do not. Pure. */
export function planRepository(options: {
  readonly queued: readonly Run[];
  readonly volumes: readonly Volume[];
  /** In full. */
  readonly defaultRef: string;
}): Plan {
  const placements: Placement[] = [];
  const waiting: Waiting[] = [];
  let free = options.volumes;
  for (const run of inOrder(options.queued)) {
    // Runs and volumes are not read at one moment: who holds one waits no more, and must take none from those who do.
    if (options.volumes.some(({ holder }) => holder?.runId === run.id && holder.attempt === run.attempt)) continue;
    const volume = chooseVolume(free, { run, defaultRef: options.defaultRef });
    if (volume === null) {
      waiting.push({ run, ...waitReason(run, options.volumes) });
      continue;
    }
    free = free.filter(({ index }) => index !== volume.index);
    placements.push({ run, volume });
  }
  return { placements, waiting };
}

function waitReason(run: Run, volumes: readonly Volume[]): Omit<Waiting, 'run'> {
  const own = volumes.filter(({ trust }) => trust === run.trust);
  if (own.length === 0)
    return {
      reason: isTrusted(run.trust) ? 'this repository has no volume' : 'waits for a volume of its own',
      stuck: true,
    };
  const aside = own.filter(({ state }) => state === 'quarantined' || state === 'cleaning');
  const retiring = own.filter(({ state }) => state === 'retiring').length;
  const fenced = own.filter(({ state }) => state === 'fenced').length;
  const stuck = aside.length > 0 && aside.length + retiring === own.length;
  if (stuck) return { reason: `waits until a volume has been cleaned${problemOf(aside)}`, stuck };
  const out = [
    ...(aside.length > 0 ? [`${aside.length} being cleaned`] : []),
    ...(fenced > 0 ? [`${fenced} until the run before has gone`] : []),
    ...(retiring > 0 ? [`${retiring} put aside`] : []),
  ];
  const note = out.length > 0 ? ` (${out.join(', ')})` : '';
  const reason = own.length === 1 ? 'waits for the volume of the repository' : `waits for one of ${own.length} volumes`;
  return { reason: `${reason}${note}`, stuck };
}

function problemOf(aside: readonly Volume[]): string {
  const problem = aside.find(({ cleaning }) => (cleaning?.problem ?? null) !== null)?.cleaning?.problem ?? null;
  return problem === null ? '' : `, which does not succeed: ${problem}`;
}
