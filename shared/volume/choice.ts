import type { Run } from '../run/run.ts';
import type { Volume } from './volume.ts';

/** What decides which volume a run takes. */
export interface VolumeNeed {
  readonly run: Pick<Run, 'ref' | 'before' | 'sha' | 'trust' | 'pastAttempts'>;
  /** In full, as refs are. */
  readonly defaultRef: string;
}

/**
 * The free volume on which the run will be fastest, or null. Trust class is a must; among the rest, in this order: not one
 * on which this run failed before, warmest (the same commit, the run's base, the same branch, the default branch, anything),
 * most recently used. Least recently used would be the coldest choice of all.
 */
export function chooseVolume(volumes: readonly Volume[], need: VolumeNeed): Volume | null {
  const usable = volumes.filter(({ state, trust }) => state === 'free' && trust === need.run.trust);
  return usable.reduce<Volume | null>(
    (best, volume) => (best === null || compare(volume, best, need) < 0 ? volume : best),
    null,
  );
}

function compare(left: Volume, right: Volume, need: VolumeNeed): number {
  return (
    failedOn(left, need) - failedOn(right, need) ||
    warmth(right, need) - warmth(left, need) ||
    lastUse(right) - lastUse(left) ||
    left.index - right.index
  );
}

function failedOn(volume: Volume, need: VolumeNeed): number {
  return need.run.pastAttempts.filter((past) => past.volume === volume.index).length;
}

function warmth({ warm }: Volume, { run, defaultRef }: VolumeNeed): number {
  if (warm === null) return 0;
  if (warm.sha === run.sha) return 5;
  if (warm.sha === run.before) return 4;
  if (warm.ref === run.ref) return 3;
  return warm.ref === defaultRef ? 2 : 1;
}

function lastUse(volume: Volume): number {
  return volume.warm?.finishedAt.getTime() ?? 0;
}
