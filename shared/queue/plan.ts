import type { Run } from '../run/run.ts';
import { chooseVolume } from '../volume/choice.ts';
import type { Volume } from '../volume/volume.ts';

export interface Placement {
  readonly run: Run;
  readonly volume: Volume;
}

export interface Plan {
  readonly placements: readonly Placement[];
  /** Runs that go on waiting, each with a reason for people. */
  readonly waiting: readonly { readonly run: Run; readonly reason: string }[];
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
  const waiting: { run: Run; reason: string }[] = [];
  let free = options.volumes;
  for (const run of inOrder(options.queued)) {
    const volume = chooseVolume(free, { run, defaultRef: options.defaultRef });
    if (volume === null) {
      waiting.push({ run, reason: waitReason(run, options.volumes) });
      continue;
    }
    free = free.filter(({ index }) => index !== volume.index);
    placements.push({ run, volume });
  }
  return { placements, waiting };
}

function waitReason(run: Run, volumes: readonly Volume[]): string {
  const own = volumes.filter(({ trust }) => trust === run.trust);
  const aside = own.filter(({ state }) => state === 'quarantined' || state === 'retiring').length;
  const note = aside > 0 ? ` (${aside} put aside)` : '';
  if (own.length === 0) return `this repository has no volume for ${run.trust} runs`;
  if (own.length === 1) return `waits for the volume of the repository${note}`;
  return `waits for one of ${own.length} volumes${note}`;
}
