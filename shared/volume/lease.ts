import { YbError } from '../errors.ts';
import type { Run } from '../run/run.ts';
import { isTrusted } from '../run/trust.ts';
import { idleFrom, type Volume } from './volume.ts';

const failuresUntilQuarantine = 2;

/** The volume as leased to a run's attempt, under the next epoch. @throws YbError `conflict` if it is not free. */
export function leased(volume: Volume, run: { readonly id: string; readonly attempt: number }): Volume {
  if (volume.state !== 'free') throw wrongState(volume);
  return {
    ...volume,
    state: 'leased',
    epoch: volume.epoch + 1,
    holder: { runId: run.id, attempt: run.attempt, jobUid: null },
    idleAt: null,
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

/** How an attempt left its volume. */
export interface AttemptEnd {
  readonly condition: 'good' | 'suspect';
  readonly warm: Volume['warm'];
  /** What was wrong, for people. */
  readonly reason: string;
  readonly at: Date;
}

/** After how long it is looked at again whether the writer of a fenced volume is gone, where no event says so. */
const fenceMilliseconds = 20_000;

/**
 * The volume after its attempt was decided, while its writer is not provably gone: nobody is given it, whatever the clock says, until
 * {@link unfenced}. @throws YbError `conflict` if it is not leased
 */
export function fenced(volume: Volume, end: AttemptEnd): Volume {
  if (volume.state !== 'leased') throw wrongState(volume);
  return {
    ...volume,
    state: 'fenced',
    failures: end.condition === 'good' ? 0 : volume.failures + 1,
    warm: end.warm ?? volume.warm,
    cleaning: {
      ...nothingDone,
      reason: end.reason,
      since: end.at,
      dueAt: new Date(end.at.getTime() + fenceMilliseconds),
    },
  };
}

const nothingDone = { tries: 0, problem: null, job: null, replaces: null } as const;

/** Still fenced: with what is known of the writer, for people, and looked at again a little later. */
export function stillFenced(volume: Volume, problem: string | null, at: Date): Volume {
  if (volume.state !== 'fenced' || volume.cleaning === null) throw wrongState(volume);
  return { ...volume, cleaning: { ...volume.cleaning, problem, dueAt: new Date(at.getTime() + fenceMilliseconds) } };
}

/**
 * The volume after its writer is provably gone. One that was damaged, or failed twice in a row for reasons of its own, is
 * put aside until it has been cleaned; one of a fork goes with its disk, whatever was left there. @throws YbError `conflict` if it is not fenced
 */
export function unfenced(volume: Volume, at: Date): Volume {
  if (volume.state !== 'fenced' || volume.cleaning === null) throw wrongState(volume);
  const state = nextState(volume);
  const { reason } = volume.cleaning;
  return {
    ...volume,
    state,
    holder: null,
    idleAt: state === 'free' ? idleFrom(at) : null,
    // By this the tick finds it, whoever should have been told.
    cleaning: state === 'free' ? null : { ...nothingDone, reason, since: null, dueAt: at },
  };
}

function nextState({ trust, failures }: Volume): 'free' | 'quarantined' | 'retiring' {
  if (!isTrusted(trust)) return 'retiring';
  return failures >= failuresUntilQuarantine ? 'quarantined' : 'free';
}

/** The volume of an attempt that is decided and whose writer is provably gone. @throws YbError `conflict` if it is not leased */
export function released(volume: Volume, end: AttemptEnd): Volume {
  return unfenced(fenced(volume, end), end.at);
}

function wrongState(volume: Volume): YbError {
  return new YbError('conflict', `volume ${volume.index} is ${volume.state}`);
}
