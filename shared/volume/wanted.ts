import { ownTrust, isTrusted, type TrustClass } from '../run/trust.ts';
import type { Volume } from './volume.ts';

/** Above every index that an owner can ask for. */
const firstOfForks = 1000;
/** So many runs of forks go on at once in a repository. */
const mostOfForks = 2;

/**
 * Whether a run may be given the volume: one of those that its owner wants, or one for a fork's run that no other has used. What a
 * fork's build leaves on a disk is read by nobody after it, another fork's included.
 */
export function isWanted({ index, trust, epoch }: Volume, count: number): boolean {
  return isTrusted(trust) ? index < count : epoch === 0;
}

/** What is to be done so that a repository has the volumes that it is to have. */
export interface Scaling {
  readonly make: readonly { readonly index: number; readonly trust: TrustClass }[];
  readonly retire: readonly number[];
}

/**
 * A repository has as many volumes as its owner wants, and one for each run of a fork that may start. One that no run has used for long
 * goes with its disk, and an empty one without a disk takes its place. One that was on its way out when it was wanted again goes all the
 * same, since its disk may be gone already. Pure.
 * @param wanted `own` volumes, and runs of `forks` that wait for one
 */
export function scaling(
  volumes: readonly Pick<Volume, 'index' | 'trust' | 'epoch' | 'state' | 'idleAt'>[],
  wanted: { readonly own: number; readonly forks: number },
  now: Date,
): Scaling {
  const known = new Set(volumes.map(({ index }) => index));
  const missing = (from: number, count: number): number[] =>
    Array.from({ length: count }, (_, number) => from + number).filter((index) => !known.has(index));
  const unused = volumes.filter(({ trust, state, epoch }) => !isTrusted(trust) && state === 'free' && epoch === 0);
  const kept = new Set(unused.slice(0, wanted.forks).map(({ index }) => index));
  const more = missing(firstOfForks, mostOfForks).slice(0, Math.max(0, wanted.forks - kept.size));
  return {
    make: [
      ...missing(0, wanted.own).map((index) => ({ index, trust: ownTrust })),
      ...more.map((index) => ({ index, trust: 'fork' as const })),
    ],
    retire: volumes
      .filter(({ index, trust, state, idleAt }) =>
        isTrusted(trust)
          ? index >= wanted.own || state === 'retiring' || (idleAt !== null && idleAt <= now)
          : !kept.has(index) && state !== 'leased',
      )
      .map(({ index }) => index),
  };
}
