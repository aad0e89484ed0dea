import { cleaningName } from '../attempt/names.ts';
import { YbError } from '../errors.ts';
import { idleFrom, type Volume } from './volume.ts';

type Cleaning = NonNullable<Volume['cleaning']>;

const minute = 60_000;
/** Until the next try, by the cleanings that have failed; then once a day. */
const delays = [minute, 5 * minute, 30 * minute, 120 * minute];
const longestDelay = 24 * 60 * minute;
const longestProblem = 500;

/** Whether something is to be done about the volume now. */
export function isDue(volume: Volume, now: Date): boolean {
  return volume.cleaning !== null && volume.cleaning.dueAt <= now;
}

/**
 * The volume as claimed for a cleaning, under the next epoch: like a lease, so that whoever held it before is refused.
 * @throws YbError `conflict` if it is not quarantined
 */
export function cleaningStarted(
  volume: Volume,
  start: { readonly repoId: string; readonly at: Date; readonly replaces: string | null },
): Volume {
  if (volume.state !== 'quarantined' || volume.cleaning === null) throw wrongState(volume);
  const epoch = volume.epoch + 1;
  const name = cleaningName({ repoId: start.repoId, index: volume.index, epoch });
  const job = { name, uid: null, createdAt: start.at };
  return {
    ...volume,
    state: 'cleaning',
    epoch,
    cleaning: { ...volume.cleaning, job, dueAt: start.at, replaces: start.replaces },
  };
}

/** With the uid of its Job, once the cluster has made it. */
export function cleaningJobMade(volume: Volume, uid: string): Volume {
  const { cleaning, job } = cleaningOf(volume);
  return { ...volume, cleaning: { ...cleaning, job: { ...job, uid } } };
}

/** With what keeps the cleaning waiting, for people. */
export function cleaningHeldUp(volume: Volume, problem: string): Volume {
  const { cleaning } = cleaningOf(volume);
  return { ...volume, cleaning: { ...cleaning, problem: shortened(problem) } };
}

/** Free and cold, after its cleaning is proved and over. */
export function cleaned(volume: Volume, at: Date): Volume {
  cleaningOf(volume);
  return { ...volume, state: 'free', warm: null, failures: 0, idleAt: idleFrom(at), cleaning: null };
}

/** Put aside again, after a cleaning that is over has failed, until the next try. */
export function cleaningFailed(volume: Volume, end: { readonly problem: string; readonly at: Date }): Volume {
  const { cleaning } = cleaningOf(volume);
  const delay = delays[cleaning.tries] ?? longestDelay;
  return {
    ...volume,
    state: 'quarantined',
    cleaning: {
      ...cleaning,
      tries: cleaning.tries + 1,
      problem: shortened(end.problem),
      dueAt: new Date(end.at.getTime() + delay),
      job: null,
      replaces: null,
    },
  };
}

/**
 * On its way out, with its disk: nobody is given it any more, and it is looked at each minute until it is gone.
 * @throws YbError `conflict` for one that somebody may still write to
 */
export function retiring(volume: Volume, at: Date, dueAt = new Date(at.getTime() + minute)): Volume {
  if (volume.state === 'leased' || volume.state === 'fenced' || volume.state === 'cleaning') throw wrongState(volume);
  const cleaning = { reason: 'taken out', since: null, dueAt, tries: 0, problem: null, job: null, replaces: null };
  return { ...volume, state: 'retiring', idleAt: null, cleaning };
}

function cleaningOf(volume: Volume): { readonly cleaning: Cleaning; readonly job: NonNullable<Cleaning['job']> } {
  const { cleaning, state } = volume;
  const job = cleaning?.job ?? null;
  if (state !== 'cleaning' || cleaning === null || job === null) throw wrongState(volume);
  return { cleaning, job };
}

function wrongState(volume: Volume): YbError {
  return new YbError('conflict', `volume ${volume.index} is ${volume.state}`);
}

function shortened(problem: string): string {
  return problem
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, longestProblem)
    .toWellFormed();
}
