import type { CommitReport } from './commit-report.ts';

/** The record after GitHub was told, with whose rights. */
export function toldWith(record: CommitReport, credential: string, now: Date): CommitReport {
  return { ...record, credential, toldAt: now };
}

/**
 * GitHub takes about 500 contents an hour of one credential (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api),
 * and a commit is told of two or three times. Where as many commits as this were told of in the last hour, last words need the room.
 */
export const crowdedCommits = 150;

/** Whether a word may be left out for that: what is only on its way, but not that somebody is asked to allow a commit. */
export function givesRoom({ desired, context }: CommitReport): boolean {
  return desired.rank !== 'final' && context === 'yb';
}
