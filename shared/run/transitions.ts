import { YbError } from '../errors.ts';
import { type Approval, approvalIn, approvalReason, needsApproval } from './approval.ts';
import { trustOf } from './trust.ts';
import type { News } from './news.ts';
import type { PastAttempt, Run, RunEnd, RunOutcome, RunState } from './run.ts';
import type { z } from 'zod';
import { retention } from '../retention.ts';

/** The states that may follow each state. A state may also follow itself: events are doubled. */
export const following: Record<RunState, readonly RunState[]> = {
  'awaiting-approval': ['queued', 'finished'],
  queued: ['starting', 'finished'],
  starting: ['queued', 'running', 'finishing', 'finished'],
  running: ['queued', 'finishing', 'finished'],
  finishing: ['queued', 'finished'],
  finished: [],
};

/** After how long the tick has somebody look again at a run of which it hears nothing. */
export const lookAgainSeconds: Readonly<Record<RunState, number>> = {
  'awaiting-approval': 20,
  queued: 20,
  starting: 20,
  running: 60,
  finishing: 20,
  finished: 20,
};

export type RunChange =
  | { readonly type: 'vouched' }
  | ({ readonly type: 'approved' } & Approval)
  | {
      readonly type: 'waits';
      readonly reason: string;
      readonly for?: Run['waitsFor'];
      readonly customer?: string;
      /** Given once. */
      readonly share?: Run['share'];
    }
  | {
      readonly type: 'claimed';
      readonly volume: number;
      readonly epoch: number;
      readonly jobName: string;
      readonly slots?: readonly string[];
      readonly at: Date;
    }
  | { readonly type: 'job-created'; readonly uid: string; readonly at: Date }
  | { readonly type: 'started'; readonly at: Date }
  | { readonly type: 'result-seen' }
  | ({ readonly type: 'cancel-requested' } & RunEnd)
  | { readonly type: 'abandoned' | 'lost'; readonly code: string; readonly detail: string | null; readonly at: Date }
  | { readonly type: 'retried'; readonly past: z.output<typeof PastAttempt>; readonly notBefore?: Date | null }
  | {
      readonly type: 'finished';
      readonly outcome: RunOutcome;
      readonly log: Run['log'];
      /** Nobody has archived its log yet. */
      readonly unarchived?: boolean;
      /** What it has made of its branch; nothing if left out. */
      readonly news?: News | null;
      readonly phases: Run['phases'];
      readonly at: Date;
    }
  /** What is known of telling its news. */
  | { readonly type: 'news'; readonly news: News; readonly at: Date }
  /** Nothing came of the last look but that another one follows; null if none does. */
  | { readonly type: 'look-again'; readonly at: Date | null }
  | { readonly type: 'archived'; readonly log: Run['log']; readonly at: Date }
  | { readonly type: 'not-archived'; readonly problem: string; readonly nextAt: Date | null; readonly at: Date };

/** What is asked for: which commit, who says so, and when it was pushed. */
export interface RunRequest extends Pick<Run, 'repoId' | 'ref' | 'before' | 'sha' | 'trigger' | 'commit'> {
  readonly runId: string;
  /** ISO 8601; null where GitHub did not say. */
  readonly pushedAt: string | null;
  readonly uncached?: boolean;
}

/** A new run as its request describes it. */
export function newRun(request: RunRequest, now: Date, more: Partial<Pick<Run, 'customer' | 'skip'>> = {}): Run {
  const trust = trustOf(request.ref);
  const approval = approvalIn(request, now);
  const state = needsApproval({ trust, approval }) ? 'awaiting-approval' : 'queued';
  return {
    id: request.runId,
    repoId: request.repoId,
    operation: 'bazel-test',
    ref: request.ref,
    before: request.before,
    sha: request.sha,
    pushedAt: request.pushedAt === null ? now : believable(new Date(request.pushedAt), now),
    trust,
    vouched: false,
    approval,
    uncached: request.uncached ?? false,
    trigger: request.trigger,
    commit: request.commit,
    state,
    nextLookAt: new Date(now.getTime() + lookAgainSeconds[state] * 1000),
    waitReason: state === 'queued' ? null : approvalReason,
    customer: more.customer ?? '',
    skip: more.skip ?? null,
    waitsFor: null,
    share: null,
    slots: [],
    attempt: 1,
    notBefore: null,
    lease: null,
    job: null,
    cancel: null,
    abandoned: null,
    lost: null,
    pastAttempts: [],
    createdAt: now,
    startedAt: null,
    runningAt: null,
    finishedAt: null,
    phases: {},
    outcome: null,
    log: null,
    archive: null,
    news: null,
    expireAt: new Date(now.getTime() + retention.runDays * 86_400_000),
  };
}

/** GitHub delivers again for three days, and clocks differ: what is dated beyond that would be older or newer than all others for ever. */
const oldestPushMilliseconds = 3 * 86_400_000;
const clockSkewMilliseconds = 5 * 60_000;

function believable(pushedAt: Date, now: Date): Date {
  const [from, to] = [now.getTime() - oldestPushMilliseconds, now.getTime() + clockSkewMilliseconds];
  return new Date(Math.min(Math.max(pushedAt.getTime(), from), to));
}

/**
 * The run after a change. Pure; a change that comes late or twice (the run has moved on already) gives the same run back.
 * @throws YbError `conflict` for a change that contradicts the run: whoever decided it looked at an older version.
 */
export function changed(run: Run, change: RunChange): Run {
  switch (change.type) {
    case 'waits':
      return run.state === 'queued' ? waiting(run, change) : run;
    case 'vouched':
      return vouched(run);
    case 'approved':
      return approved(run, change);
    case 'claimed':
      return claimed(run, change);
    case 'job-created':
      return jobCreated(run, change);
    case 'started':
    case 'result-seen':
      return progressed(run, change);
    case 'cancel-requested':
    case 'abandoned':
    case 'lost':
      return run.state === 'finished' ? run : toBeEnded(run, change);
    case 'retried':
      return retried(run, change);
    case 'finished':
      return finished(run, change);
    case 'look-again':
      return sameTime(run.nextLookAt, change.at) ? run : { ...run, nextLookAt: change.at };
    case 'archived':
    case 'not-archived':
      return archiveTried(run, change);
    case 'news':
      return { ...run, news: change.news, nextLookAt: soon(change.at) };
  }
}

function vouched(run: Run): Run {
  if (run.vouched) return run;
  const saysMore = needsApproval(run) || run.notBefore !== null;
  return { ...run, vouched: true, waitReason: saysMore ? run.waitReason : null };
}

/** The first word counts, and one that comes when the run is over changes nothing. */
function approved(run: Run, { by, at }: Approval): Run {
  if (run.state !== 'awaiting-approval') return run;
  return { ...to(run, 'queued', ['awaiting-approval']), approval: { by, at }, waitReason: null, nextLookAt: soon(at) };
}

function retried(run: Run, { past, notBefore = null }: Extract<RunChange, { readonly type: 'retried' }>): Run {
  return {
    ...to(run, 'queued', ['starting', 'running', 'finishing']),
    attempt: run.attempt + 1,
    notBefore,
    nextLookAt: notBefore ?? run.nextLookAt,
    waitReason: notBefore === null ? null : `is tried again at ${notBefore.toISOString().slice(11, 19)} UTC`,
    lease: null,
    job: null,
    runningAt: null,
    slots: [],
    abandoned: null,
    lost: null,
    pastAttempts: [...run.pastAttempts, past],
  };
}

/** Whether nothing of it has begun, so that it can end at once. */
export function waits({ state }: Pick<Run, 'state'>): boolean {
  return state === 'queued' || state === 'awaiting-approval';
}

/** Whether it waits for nothing but the time of its next attempt. */
export function rests({ notBefore }: Pick<Run, 'notBefore'>, now: Date): boolean {
  return notBefore !== null && notBefore > now;
}

function waiting(run: Run, change: Extract<RunChange, { readonly type: 'waits' }>): Run {
  return {
    ...run,
    waitReason: change.reason,
    waitsFor: change.for ?? run.waitsFor,
    customer: change.customer ?? run.customer,
    share: run.share ?? change.share ?? null,
  };
}

function jobCreated(run: Run, change: Extract<RunChange, { readonly type: 'job-created' }>): Run {
  if (run.job === null || run.job.uid !== null) return run;
  return { ...run, job: { ...run.job, uid: change.uid, createdAt: change.at } };
}

function progressed(run: Run, change: Extract<RunChange, { readonly type: 'started' | 'result-seen' }>): Run {
  if (change.type === 'started')
    return run.state === 'starting' ? { ...run, state: 'running', runningAt: change.at } : run;
  return run.state === 'starting' || run.state === 'running' ? { ...run, state: 'finishing' } : run;
}

function archiveTried(run: Run, change: Extract<RunChange, { readonly type: 'archived' | 'not-archived' }>): Run {
  const nextLookAt = soon(change.at);
  if (change.type === 'archived') return { ...run, log: change.log, archive: null, nextLookAt };
  const { tries, since } = run.archive ?? { tries: 0, since: change.at };
  return { ...run, archive: { nextAt: change.nextAt, tries: tries + 1, since, problem: change.problem }, nextLookAt };
}

/** Soon enough for whoever was interrupted in what follows. */
function soon(at: Date): Date {
  return new Date(at.getTime() + lookAgainSeconds.finished * 1000);
}

function sameTime(one: Date | null, other: Date | null): boolean {
  return one?.getTime() === other?.getTime();
}

function finished(run: Run, change: Extract<RunChange, { readonly type: 'finished' }>): Run {
  return {
    ...to(run, 'finished', ['awaiting-approval', 'queued', 'starting', 'running', 'finishing']),
    outcome: change.outcome,
    log: change.log,
    phases: change.phases,
    archive: change.unarchived === true ? { nextAt: change.at, tries: 0, since: change.at, problem: null } : null,
    news: change.news ?? null,
    finishedAt: change.at,
    nextLookAt: soon(change.at),
    waitReason: null,
    waitsFor: null,
    slots: [],
  };
}

function claimed(run: Run, change: Extract<RunChange, { readonly type: 'claimed' }>): Run {
  if (!run.vouched) throw new YbError('conflict', 'GitHub has not vouched for the run yet');
  if (needsApproval(run)) throw new YbError('conflict', 'nobody has let the run start yet');
  return {
    ...to(run, 'starting', ['queued']),
    notBefore: null,
    waitReason: null,
    waitsFor: null,
    slots: [...(change.slots ?? [])],
    lease: { volume: change.volume, epoch: change.epoch },
    job: { name: change.jobName, uid: null, createdAt: null, claimedAt: change.at },
    startedAt: run.startedAt ?? change.at,
  };
}

/** The first word counts. */
function toBeEnded(
  run: Run,
  change: Extract<RunChange, { readonly type: 'cancel-requested' | 'abandoned' | 'lost' }>,
): Run {
  if (change.type === 'cancel-requested') {
    const { by, at, newer } = change;
    return run.cancel === null ? { ...run, cancel: { by, at, newer } } : run;
  }
  const { type, code, detail, at } = change;
  if (run[type] !== null || run.job === null) return run;
  return { ...run, [type]: { code, detail, at } };
}

function to(run: Run, state: RunState, from: readonly RunState[]): Run {
  if (!from.includes(run.state) || !following[run.state].includes(state)) {
    throw new YbError('conflict', `a run that is ${run.state} cannot become ${state}`);
  }
  return { ...run, state };
}
