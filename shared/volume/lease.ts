import { YbError } from '../errors.ts';
import type { Run } from '../run/run.ts';
import type { Volume } from './volume.ts';

const failuresUntilQuarantine = 2;

/** The volume as leased to a run's attempt, under the next epoch. @throws YbError `conflict` if it is not free. */
export function leased(volume: Volume, run: { readonly id: string; readonly attempt: number }): Volume {
  if (volume.state !== 'free') throw new YbError('conflict', `volume ${volume.index} is ${volume.state}`);
  return {
    ...volume,
    state: 'leased',
    epoch: volume.epoch + 1,
    holder: { runId: run.id, attempt: run.attempt, jobUid: null },
  };
}

/** Whether this run's current attempt is the one that holds the volume. */
export function holds(volume: Volume, run: Run): boolean {
  return (
    volume.state === 'leased' &&
    run.lease !== null &&
    run.lease.volume === volume.index &&
    run.lease.epoch === volume.epoch &&
    volume.holder?.runId === run.id &&
    volume.holder.attempt === run.attempt
  );
}

/**
 * The volume after its writer is provably gone. One that was damaged, or failed twice in a row for reasons of its own, is
 * put aside until it has been cleaned.
 */
export function released(
  volume: Volume,
  end: {
    readonly condition: 'good' | 'suspect';
    readonly warm: Volume['warm'];
    /** What was wrong, for people. */
    readonly reason: string;
    readonly at: Date;
  },
): Volume {
  if (volume.state !== 'leased') throw new YbError('conflict', `volume ${volume.index} is ${volume.state}`);
  const failures = end.condition === 'good' ? 0 : volume.failures + 1;
  const aside = failures >= failuresUntilQuarantine;
  return {
    ...volume,
    state: aside ? 'quarantined' : 'free',
    holder: null,
    failures,
    warm: end.warm ?? volume.warm,
    cleaning: aside ? { reason: end.reason, dueAt: end.at, tries: 0, problem: null, job: null, replaces: null } : null,
  };
}
