import * as z from 'zod';
import { CommitSummary } from './commit.ts';
import { RepoId, RunId, Sha } from '../ids.ts';
import { Approval, pullOf, refOfPull } from './approval.ts';
import { News } from './news.ts';
import { Trigger } from './trigger.ts';
import { TrustClass } from './trust.ts';
import { SkipMark } from './skip.ts';
import { Share, WaitsFor } from './turn.ts';
import { resultLimits, RunResult, TargetCounts } from '../attempt/result.ts';

/** What a run does. A union, so that other operations can follow. */
const Operation = z.enum(['bazel-test']);

export const RunState = z.enum(['awaiting-approval', 'queued', 'starting', 'running', 'finishing', 'finished']);
export type RunState = z.output<typeof RunState>;

export const VerdictName = z.enum([
  'passed',
  'failed',
  'broken',
  'no-tests',
  'timed-out',
  'cancelled',
  'superseded',
  'skipped',
  'infrastructure',
]);
export type VerdictName = z.output<typeof VerdictName>;

export const Fault = z.enum(['author', 'settings', 'infrastructure', 'nobody']);

/** The volume an attempt holds, and under which epoch. */
export const RunLease = z.object({ volume: z.number().int().min(0), epoch: z.number().int().min(1) });

/** The Job of the current attempt. Its name is stored: nothing is ever read out of it. */
export const RunJob = z.object({
  name: z.string(),
  /** Null between the claim and the answer of the cluster. */
  uid: z.string().nullable(),
  createdAt: z.date().nullable(),
  /** When the volume was claimed for it: no earlier was the cluster asked to make it. */
  claimedAt: z.date().nullable().default(null),
});

/** Why a Pod ends or will never run: a cause of the verdict table, and the cluster's own words. */
const PodEnd = z.object({ code: z.string(), detail: z.string().nullable(), at: z.date() });

/** An attempt that did not count, and why. */
export const PastAttempt = z.object({
  attempt: z.number().int(),
  volume: z.number().int(),
  verdict: VerdictName,
  code: z.string(),
  exitCode: z.number().int().nullable(),
  reason: z.string(),
  finishedAt: z.date(),
});

/** The tests that a run had, where they are known as a whole. */
export const TestSet = z.object({
  /** A hash of the target patterns and flags: with others, other tests are to be expected. */
  asked: z.string(),
  /** A hash of the sorted labels. */
  labels: z.string(),
});
export type TestSet = z.output<typeof TestSet>;

/** Test targets that an earlier run had and this one has not. It is information: a test may be deleted on purpose. */
export const Disappeared = z.object({
  /** The run that was compared with: the last one of the branch whose tests are known, else of the default branch. */
  since: RunId,
  /** It asked for other targets or with other flags, so nothing was compared. */
  otherTargets: z.boolean(),
  count: z.number().int().min(0),
  /** The first of them. */
  labels: z.array(z.string()).max(resultLimits.failedLabels),
});
export type Disappeared = z.output<typeof Disappeared>;

export const RunOutcome = z.object({
  verdict: VerdictName,
  /** A sentence for a person. */
  reason: z.string(),
  /** Stable and for programs. */
  code: z.string(),
  fault: Fault,
  counts: TargetCounts.nullable(),
  /** The first of them, for lists and status texts. */
  failed: RunResult.shape.failed,
  toolchain: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  /** What the build ran in, with its digest, as the node said it. */
  buildImage: z.string().max(1000).optional(),
  /** Only of a run whose list of tests can be relied on. */
  testSet: TestSet.optional(),
  /** Absent where there was nothing to compare, or nothing to compare with. */
  disappeared: Disappeared.optional(),
});
export type RunOutcome = z.output<typeof RunOutcome>;

/** What is left to do about the log of an attempt whose courier did not archive it itself. */
const Archive = z.object({
  /** When to try next; null where nothing is left to do. */
  nextAt: z.date().nullable(),
  tries: z.number().int(),
  /** Since when it is tried. */
  since: z.date(),
  /** Why it did not succeed, for people. */
  problem: z.string().nullable(),
});

/** Who asked for the end of a run. */
const RunEnd = z.object({
  by: z.string(),
  at: z.date(),
  /** The run that took its place, if that is why. */
  newer: z.object({ runId: RunId, sha: Sha }).nullable().default(null),
});
export type RunEnd = z.output<typeof RunEnd>;

/** `runs/{runId}` */
export const Run = z.object({
  id: RunId,
  repoId: RepoId,
  operation: Operation,
  ref: z.string(),
  before: Sha,
  sha: Sha,
  pushedAt: z.date(),
  trust: TrustClass,
  /** GitHub has said that the commit is on the run's branch, or of its pull request: before, it is given nothing, and nothing is said of it. */
  vouched: z.boolean().default(false),
  /** Who let a fork's commit run; null of every other run, and as long as nobody did. */
  approval: Approval.nullable().default(null),
  trigger: Trigger,
  /** All its tests are executed, though a cache may have their results: somebody asked for that. */
  uncached: z.boolean().default(false),
  /** What its author wrote, if its tests are not wanted: it is over as soon as GitHub has vouched for it. */
  skip: SkipMark.nullable().default(null),
  commit: CommitSummary.nullable(),

  state: RunState,
  /** When somebody is to look at it though no event asks for that: by this the tick finds it. Null if nothing is left to do. */
  nextLookAt: z.date().nullable(),
  waitReason: z.string().nullable(),
  /** The account that owns its repository; empty where nobody has looked yet. */
  customer: z.string().default(''),
  /** By which those are found who are next; null unless it waits, and GitHub has vouched for it. */
  waitsFor: WaitsFor.nullable().default(null),
  /** Its turn among all customers, given once: when it first had to wait for a place. */
  share: Share.nullable().default(null),
  /** The documents of the places that it holds among its customer's runs and among all. */
  slots: z.array(z.string()).max(2).default([]),
  attempt: z.number().int().min(1),
  /** Of a run that waits for another attempt: before, it does not begin. */
  notBefore: z.date().nullable().default(null),
  lease: RunLease.nullable(),
  job: RunJob.nullable(),
  /** Somebody asked for its end, or a newer push of its branch took its place. */
  cancel: RunEnd.nullable(),
  /** Why the attempt was given up before it ran: its Pod goes with its Job, and could not tell any more. */
  abandoned: PodEnd.nullable().default(null),
  /** What takes the attempt's Pod away, as it was seen while the Pod was there to tell. */
  lost: PodEnd.nullable().default(null),
  pastAttempts: z.array(PastAttempt),

  createdAt: z.date(),
  startedAt: z.date().nullable(),
  runningAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  /** Phases as the courier timed them. */
  phases: z.record(z.string(), z.object({ startedAt: z.date(), finishedAt: z.date().nullable() })),

  outcome: RunOutcome.nullable(),
  log: z.object({ complete: z.boolean(), archived: z.boolean(), bytes: z.number(), lines: z.number() }).nullable(),
  archive: Archive.nullable().default(null),
  /** What it made of the default branch, where that is to be told: it broke or is mended with this run. */
  news: News.nullable().default(null),
  /** Firestore deletes the document some time after it (TTL policy). */
  expireAt: z.date(),
});
export type Run = z.output<typeof Run>;

/** From the start of its first attempt to its end, in milliseconds; null as long as it goes on, and of one that never started. */
export function tookMilliseconds({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();
}

/** The branch's name as people write it; of a pull request, its number. */
export function shortRef(ref: string): string {
  const pull = pullOf(ref);
  return pull !== null ? `#${pull}` : ref.replace(/^refs\/(heads|tags)\//, '');
}

/** The ref that people mean by a branch's name or `#7`: as {@link shortRef} writes it. */
export function refNamed(name: string): string {
  const [, number] = /^#([1-9]\d{0,9})$/.exec(name) ?? [];
  return number === undefined ? `refs/heads/${name}` : refOfPull(Number(number));
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
