import * as z from 'zod';
import { doubledPause } from '../back-off.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { RepoId, RunId, Sha } from '../ids.ts';
import { retention } from '../retention.ts';
import type { Run } from './run.ts';
import { type CommitStatus, statusContexts } from './status.ts';

/** How far a report tells the story of a run; a later one never gives way to an earlier one of the same run. */
const Rank = z.enum(['waiting', 'working', 'final']);
export type Rank = z.output<typeof Rank>;

const Words = z.object({
  state: z.enum(['pending', 'success', 'failure', 'error']),
  description: z.string(),
  targetUrl: z.string(),
});

/** Why the last try did not succeed: the code decides, the words are for people. */
const Trouble = z.object({ code: z.string(), words: z.string(), at: z.date() });

/**
 * `repos/{repoId}/commits/{sha}`: what GitHub should show of a commit under one of our contexts, and what is known about telling it. The
 * newest run of the commit speaks; whoever ends later has nothing to say.
 */
export const CommitReport = z.object({
  repoId: RepoId,
  sha: Sha,
  context: z.enum(statusContexts).default('yb'),
  /** The run that speaks. */
  speaker: z.object({ runId: RunId, pushedAt: z.date(), createdAt: z.date() }),
  desired: Words.extend({ rank: Rank, since: z.date() }),
  /** With whose rights GitHub was told last, and when: so those of a credential are counted. Null where it was not told yet. */
  credential: z.string().nullable().default(null),
  toldAt: z.date().nullable().default(null),
  /** What GitHub last accepted, or was seen to show. */
  reported: Words.nullable(),
  /** Somebody is telling GitHub right now; until then nobody else may. Out of date, it means that nobody knows how that ended. */
  sending: z.object({ until: z.date() }).nullable(),
  /** Tries to tell what is desired that did not succeed. */
  tries: z.number().int(),
  /** When to try again; null where nothing is due. */
  nextAt: z.date().nullable(),
  /** When to look once more whether GitHub still shows the last word: a call that was given up may take effect late. */
  verifyAt: z.date().nullable(),
  /** How often that was found to be otherwise. */
  corrected: z.number().int(),
  trouble: Trouble.nullable(),
  /** What is desired is told no more, and `trouble` says why. */
  left: z.boolean(),
  expireAt: z.date(),
});
export type CommitReport = z.output<typeof CommitReport>;

type Speaker = Pick<Run, 'id' | 'pushedAt' | 'createdAt'>;

/** Which of two runs is the newer one: by its push, then by its making. Below zero if the first is older. */
export function inAge(one: Speaker, other: Speaker): number {
  return (
    one.pushedAt.getTime() - other.pushedAt.getTime() ||
    one.createdAt.getTime() - other.createdAt.getTime() ||
    (one.id === other.id ? 0 : one.id < other.id ? -1 : 1)
  );
}

const ranks: readonly Rank[] = ['waiting', 'working', 'final'];

/** What a run wants to have shown. */
export interface Wanted {
  readonly rank: Rank;
  readonly status: CommitStatus;
}

/**
 * The record after a run has said what it wants to have shown; null if a newer run of the commit speaks. An older word of the same
 * run changes nothing. Pure.
 */
export function spoken(record: CommitReport | null, run: Run, wanted: Wanted, now: Date): CommitReport | null {
  const { state, description, targetUrl, context } = wanted.status;
  const desired = { state, description, targetUrl, rank: wanted.rank, since: now };
  const speaker = { runId: run.id, pushedAt: run.pushedAt, createdAt: run.createdAt };
  const expireAt = new Date(now.getTime() + retention.runDays * 86_400_000);
  if (record === null) {
    const { repoId, sha } = run;
    const begun = {
      credential: null,
      toldAt: null,
      reported: null,
      sending: null,
      verifyAt: null,
      ...untried,
      trouble: null,
    };
    return { repoId, sha, context, speaker, desired, ...begun, expireAt };
  }
  const age = inAge(run, { id: record.speaker.runId, ...record.speaker });
  if (age < 0) return null;
  const same = age === 0 && ranks.indexOf(wanted.rank) <= ranks.indexOf(record.desired.rank);
  if (same) return record;
  // What was waited for holds for whatever is said: a limit of the credential, or a right that it lacks.
  const waits = record.trouble?.code === 'github-rate-limited';
  return {
    ...record,
    speaker,
    desired,
    ...untried,
    verifyAt: null,
    nextAt: waits ? record.nextAt : null,
    trouble: waits ? record.trouble : null,
    expireAt,
  };
}

const untried = { tries: 0, nextAt: null, corrected: 0, left: false } as const;

export type ReportStep =
  /** GitHub shows what it should, or never will. */
  | { readonly type: 'settled' }
  /** Not now. */
  | { readonly type: 'wait'; readonly until: Date }
  /** With `readBack`, GitHub is asked first: nobody knows how the try before ended. */
  | { readonly type: 'send'; readonly readBack: boolean }
  /** Look once more what GitHub shows. */
  | { readonly type: 'verify' };

/** What the reporter does next. Pure: the record and the time say everything. */
export function nextReportStep(record: CommitReport, now: Date): ReportStep {
  if (record.left) return { type: 'settled' };
  if (record.sending !== null && record.sending.until > now) return { type: 'wait', until: record.sending.until };
  if (record.nextAt !== null && record.nextAt > now) return { type: 'wait', until: record.nextAt };
  const readBack = record.sending !== null;
  if (readBack || !isSame(record.reported, record.desired)) return { type: 'send', readBack };
  if (record.verifyAt === null) return { type: 'settled' };
  return record.verifyAt > now ? { type: 'wait', until: record.verifyAt } : { type: 'verify' };
}

/** Whether nothing of a run that is over is left to tell: GitHub has its last word, never will, or a newer run speaks. */
export function isTold(record: CommitReport | null, runId: string): boolean {
  if (record === null) return false;
  if (record.speaker.runId !== runId || record.left) return true;
  return record.desired.rank === 'final' && isSame(record.reported, record.desired);
}

/** Whether GitHub shows these words. */
export function isSame(
  shown: { readonly [Name in keyof z.output<typeof Words>]: string | null } | null,
  wanted: z.output<typeof Words>,
): boolean {
  return (
    shown !== null &&
    shown.state === wanted.state &&
    shown.description === wanted.description &&
    shown.targetUrl === wanted.targetUrl
  );
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** Longer than a call that was given up may still be on its way to take effect at the other side: proxies between give up in minutes. */
export const mayArriveMilliseconds = 4 * minute;
const mostCorrections = 3;

/**
 * The record after GitHub took what is desired, or was seen to show it; said again after GitHub had it once, it was lost there.
 * Pure.
 */
export function reported(record: CommitReport, how: { readonly written: boolean }, now: Date): CommitReport {
  const { state, description, targetUrl, rank } = record.desired;
  const again = how.written && isSame(record.reported, record.desired);
  return {
    ...record,
    reported: { state, description, targetUrl },
    sending: null,
    tries: 0,
    nextAt: null,
    trouble: null,
    corrected: record.corrected + (again ? 1 : 0),
    verifyAt: rank === 'final' ? new Date(now.getTime() + mayArriveMilliseconds) : null,
  };
}

/** The record after a look has shown that the last word stands, or that it is not worth another one. */
export function verified(record: CommitReport): CommitReport {
  return { ...record, sending: null, verifyAt: null };
}

/** Whether it is worth saying again: somebody else who writes under our context is not fought for ever. */
export function mayCorrect(record: CommitReport): boolean {
  return record.corrected < mostCorrections;
}

/** How long a word that GitHub does not take is tried, and how often. */
type Patience =
  | { readonly type: 'dropped' }
  | { readonly type: 'tried'; readonly times: number }
  /** Growing pauses up to `most`, for as long as `within` since the word was first wanted. */
  | { readonly type: 'growing'; readonly most: number; readonly within: number }
  | { readonly type: 'hourly'; readonly within: number };

const days = 24 * hour;
const dropped = { type: 'dropped' } as const;

/** When telling GitHub is given up, by what it says and by what is told (design rule 5). */
const patience: Readonly<
  Record<'limit' | 'silence' | 'no-commit' | 'rights' | 'refusal', Readonly<Record<'pending' | 'final', Patience>>>
> = {
  // The credential is to be left alone: what is only on its way is not worth a call of it.
  limit: { pending: dropped, final: { type: 'growing', most: 15 * minute, within: 3 * days } },
  silence: { pending: { type: 'tried', times: 3 }, final: { type: 'growing', most: 15 * minute, within: 3 * days } },
  // A push may not be there yet.
  'no-commit': {
    pending: { type: 'growing', most: 5 * minute, within: hour },
    final: { type: 'growing', most: 5 * minute, within: hour },
  },
  rights: { pending: dropped, final: { type: 'hourly', within: 3 * days } },
  refusal: { pending: dropped, final: dropped },
};

const rightsCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'github-unauthorized',
  'github-not-found',
  'unreadable-secret',
]);

function kindOf(code: ErrorCode): keyof typeof patience {
  if (code === 'github-rate-limited') return 'limit';
  if (code === 'github-no-commit') return 'no-commit';
  if (rightsCodes.has(code)) return 'rights';
  return errorTable[code].disposition === 'retry' ? 'silence' : 'refusal';
}

/** Whether what keeps the word from being told may be another credential's to mend. */
export function lacksRights({ trouble }: CommitReport): boolean {
  return trouble !== null && rightsCodes.has(trouble.code);
}

/** The record after a try that did not succeed. Pure. */
export function refused(
  record: CommitReport,
  failure: {
    readonly code: ErrorCode;
    readonly words: string;
    readonly retryAt: Date | undefined;
    /** Whether GitHub was asked to take it; if not, whether the try before may have come through. */
    readonly unknown: 'was-sent' | 'still' | 'no';
  },
  now: Date,
): CommitReport {
  const { code, words, retryAt, unknown } = failure;
  const kind = kindOf(code);
  const rule = patience[kind][isWorthPatience(record) ? 'final' : 'pending'];
  const tries = record.tries + 1;
  const nextAt = nextTry(rule, { tries, since: record.desired.since, now, retryAt });
  return {
    ...record,
    tries,
    nextAt,
    left: nextAt === null,
    trouble: { code, words, at: now },
    // Where nobody knows what came of it the next try reads back first.
    sending: unknown === 'still' || (unknown === 'was-sent' && kind === 'silence') ? { until: now } : null,
  };
}

/** A last word; or that somebody is asked to allow a commit, who would not know it otherwise. */
function isWorthPatience({ desired, context }: CommitReport): boolean {
  return desired.rank === 'final' || context === 'yb/approval';
}

function nextTry(
  rule: Patience,
  {
    tries,
    since,
    now,
    retryAt,
  }: { readonly tries: number; readonly since: Date; readonly now: Date; readonly retryAt: Date | undefined },
): Date | null {
  const after = (pause: number): Date => new Date(Math.max(now.getTime() + pause, retryAt?.getTime() ?? 0));
  const growing = (most: number): Date =>
    after(doubledPause(tries, { firstMilliseconds: 15 * second, longestMilliseconds: most }));
  const within = (limit: number, next: Date): Date | null => (now.getTime() - since.getTime() < limit ? next : null);
  switch (rule.type) {
    case 'dropped':
      return null;
    case 'tried':
      return tries < rule.times ? growing(15 * minute) : null;
    case 'growing':
      return within(rule.within, growing(rule.most));
    case 'hourly':
      return within(rule.within, after(hour));
  }
}
