import type { z } from 'zod';
import type { TestOutcome } from '../../shared/history/history.ts';
import { type Writer, isGone, isOver } from '../../shared/volume/writer.ts';
import type { RunResult } from '../../shared/attempt/result.ts';
import type { PastAttempt, Run, RunOutcome } from '../../shared/run/run.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { type PodLoss, lossOf } from '../../shared/run/pod-loss.ts';
import { type VerdictInput, decideVerdict } from '../../shared/run/verdict.ts';
import type { Volume } from '../../shared/volume/volume.ts';
import { type Patience, hopeless } from './waiting.ts';
import type { Known, Tests } from './tests.ts';

/** What is true of an attempt outside of our own store. */
export interface Observation extends Writer {
  readonly result: RunResult | null;
  /** When the courier said that the Pod runs. */
  readonly started: Date | null;
  /** Why the Pod's volume does not come, in the cluster's words, if it said so. */
  readonly mountProblem: string | null;
  /** Why the Job's Pod is not made, in the cluster's words, if it said so. */
  readonly podProblem: string | null;
}

export type Step =
  | { readonly type: 'wait' }
  /** The Job was never recorded: the scheduler goes on with it. */
  | { readonly type: 'resume' }
  | { readonly type: 'started'; readonly at: Date }
  | { readonly type: 'result-seen' }
  /** Its Pod will never run: that is written down, and then the Job ends. */
  | { readonly type: 'abandon'; readonly why: PodLoss }
  /** Something takes its Pod away: that is written down while the Pod is there to tell. */
  | { readonly type: 'lost'; readonly why: PodLoss }
  /** Somebody cancelled it or gave it up, and the Job does not know yet. */
  | { readonly type: 'expire' }
  /** All is known of it, or nothing more is to be waited for, and its writer may still be there. */
  | { readonly type: 'decide' }
  | { readonly type: 'settle' };

/**
 * What comes next for an attempt. Its volume is freed only when its writer is provably gone; its verdict need not wait for that.
 */
export function nextStep(
  run: Run,
  seen: Observation,
  about: { readonly now: Date; readonly patience: Patience },
): Step {
  if (run.job === null || run.job.uid === null) return { type: 'resume' };
  if (isGone(seen)) return { type: 'settle' };
  if (isProved(run, seen)) return { type: 'decide' };
  const ending = run.cancel !== null || run.abandoned !== null;
  if (ending && !isOver(seen.job) && seen.job?.activeDeadlineSeconds !== 1) return { type: 'expire' };
  if (isStuck(run, seen, about.now)) return { type: 'decide' };
  const end = ending ? null : endOfPod(run, seen, about);
  if (end !== null) return end;
  if (seen.result !== null && run.state !== 'finishing') return { type: 'result-seen' };
  if (seen.started !== null && run.state === 'starting') return { type: 'started', at: seen.started };
  return { type: 'wait' };
}

/**
 * The courier has brought its record, and the cluster has seen the build's own end: what still happens changes nothing. Where
 * the Pod is being deleted, the build may not have ended by itself, and the Job has yet to say whether its deadline did that.
 */
function isProved(run: Run, { result, pod, job }: Observation): boolean {
  const own = result !== null && result.attempt === run.attempt && result.epoch === run.lease?.epoch;
  if (!own || pod?.containers.build?.state !== 'terminated') return false;
  return !pod.deleting || isOver(job) || job?.reason !== null;
}

/** A Pod has ten minutes for its uploads. On a node that is lost nothing ever ends. */
const longestEndMilliseconds = 9 * 60_000;

/** Something ended the attempt, and it does not come to its end. */
function isStuck(run: Run, { job }: Observation, now: Date): boolean {
  const since = [run.cancel?.at, run.abandoned?.at, run.lost?.at, job?.endedAt].filter((time) => time instanceof Date);
  return since.some((time) => now.getTime() - time.getTime() >= longestEndMilliseconds);
}

/** What is to be written down of a Pod that nobody has asked to end: why it never will run, or what takes it away. */
function endOfPod(
  run: Run,
  seen: Observation,
  about: { readonly now: Date; readonly patience: Patience },
): Step | null {
  const waits = isOver(seen.job) ? null : hopeless({ ...seen, ...about, waitedSeconds: secondsSince(run, about.now) });
  if (waits !== null) return { type: 'abandon', why: waits };
  const loss = seen.pod === null || run.lost !== null ? null : lossOf(seen.pod);
  return loss === null ? null : { type: 'lost', why: loss };
}

/** Since its Job was made. */
export function secondsSince({ job }: Pick<Run, 'job'>, now: Date): number {
  return (now.getTime() - (job?.createdAt ?? now).getTime()) / 1000;
}

export interface Judgement {
  readonly outcome: RunOutcome;
  /** The attempt as it goes into the history, if another one follows. */
  readonly retry: z.output<typeof PastAttempt> | null;
  readonly volume: 'good' | 'suspect';
  readonly phases: Run['phases'];
  /** What the history of the repository's tests shall remember. */
  readonly remembered: ReadonlyMap<string, TestOutcome>;
}

/** Where Bazel came to its end by itself, its list of targets tells of all of them. None of these is tried again. */
const listTells = new Set(['passed', 'tests-failed', 'build-failed']);
/** What does not load leaves no trace in the list: its tests are not known as a whole. */
const setIsKnown = new Set(['passed', 'tests-failed']);
const nothing: Judgement['remembered'] = new Map();

/** The verdict over an attempt that is over, and what follows from it. */
export function judge(options: {
  readonly run: Run;
  readonly observation: Observation;
  readonly known: Known;
  readonly now: Date;
}): Judgement {
  const { run, observation } = options;
  const { tests } = options.known;
  const { result } = observation;
  const verdict = decideVerdict(verdictInput(options));
  const outcome: RunOutcome = {
    verdict: verdict.verdict,
    code: verdict.code,
    reason: verdict.verdict === 'cancelled' && run.cancel !== null ? `cancelled by ${run.cancel.by}` : verdict.reason,
    fault: verdict.fault,
    counts: result?.counts ?? null,
    failed: result?.failed ?? [],
    toolchain: result?.toolchain ?? null,
    exitCode: result?.exitCode ?? null,
    ...(observation.pod?.buildImage === undefined ? {} : { buildImage: observation.pod.buildImage.slice(0, 1000) }),
    ...testsOf(verdict, tests),
  };
  const again = verdict.retry && run.cancel === null;
  const past = {
    attempt: run.attempt,
    volume: run.lease?.volume ?? 0,
    verdict: verdict.verdict,
    code: verdict.code,
    exitCode: result?.exitCode ?? null,
    reason: verdict.reason,
    finishedAt: options.now,
  };
  return {
    outcome,
    retry: again ? past : null,
    volume: verdict.volume,
    phases: phasesOf(result),
    remembered: rememberedOf(run, verdict.code, tests),
  };
}

/** A fork's run shows in no history but on its own page: whoever sends a patch decides what its tests say. */
function rememberedOf(run: Run, code: string, tests: Tests | null): Judgement['remembered'] {
  return tests !== null && isTrusted(run.trust) && listTells.has(code) ? tests.outcomes : nothing;
}

/** What the outcome tells of the set of tests. Of what does not load or build, nobody knows which tests there would be. */
function testsOf(
  { code, verdict }: Pick<RunOutcome, 'code' | 'verdict'>,
  tests: Tests | null,
): Pick<RunOutcome, 'testSet' | 'disappeared'> {
  const set = setIsKnown.has(code) ? (tests?.set ?? null) : null;
  const disappeared = verdict === 'broken' ? null : (tests?.disappeared ?? null);
  return { ...(set === null ? {} : { testSet: set }), ...(disappeared === null ? {} : { disappeared }) };
}

function endOf({ cancel }: Run): VerdictInput['cancel'] {
  return { requested: cancel !== null, supersededBy: cancel?.newer?.sha ?? null };
}

function verdictInput(options: {
  readonly run: Run;
  readonly observation: Observation;
  readonly known: Known;
}): VerdictInput {
  const { run, observation } = options;
  const { job, pod, result } = observation;
  const { earlier, tests } = options.known;
  return {
    attempt: {
      runId: run.id,
      attempt: run.attempt,
      epoch: run.lease?.epoch ?? 0,
      volume: run.lease?.volume ?? null,
    },
    started: run.runningAt !== null || observation.started !== null,
    cancel: endOf(run),
    deadline: { exceeded: run.cancel === null && run.abandoned === null && job?.reason === 'DeadlineExceeded' },
    ...(run.abandoned === null ? {} : { abandoned: run.abandoned }),
    ...(run.lost === null ? {} : { lost: run.lost }),
    job: { condition: job?.terminal ?? null, reason: job?.reason ?? null },
    pod,
    result,
    ...(earlier === null ? {} : { earlier: { noTests: earlier.outcome?.verdict === 'no-tests' } }),
    ...(tests === null ? {} : { disappeared: tests.gone }),
    attemptsSoFar: run.pastAttempts,
    limits: job?.limits ?? {},
  };
}

function phasesOf(result: RunResult | null): Run['phases'] {
  return Object.fromEntries(
    Object.entries(result?.phases ?? {}).map(([name, { startedAt, finishedAt }]) => [
      name,
      { startedAt: new Date(startedAt), finishedAt: finishedAt === null ? null : new Date(finishedAt) },
    ]),
  );
}

/** What the volume is warm with now; null if Bazel did not come to its end on it. */
export function warmthAfter(run: Run, result: RunResult | null, finishedAt: Date): Volume['warm'] {
  if (result === null || result.exitCode === null) return null;
  return { sha: run.sha, ref: run.ref, finishedAt, toolchain: result.toolchain };
}
