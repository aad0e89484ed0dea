import * as z from 'zod';
import { Attempt, RepoId, RunId, Sha } from '../ids.ts';
import { SkipMark } from '../run/skip.ts';
import { Trigger } from '../run/trigger.ts';
import { CommitSummary, Person } from '../run/commit.ts';

/**
 * The messages between the functions: one union, one owner. `v` grows with an incompatible change; a reader refuses
 * versions it does not know. A message is a hint to look, never a fact to believe: handlers read what is true.
 */

const Ref = z.string().min(1).max(1024);

const RunRequested = z.object({
  v: z.literal(1),
  type: z.literal('run.requested'),
  runId: RunId,
  repoId: RepoId,
  /** In full: `refs/heads/main`. */
  ref: Ref,
  before: Sha,
  sha: Sha,
  /** The repository's `pushed_at` of a push, the click's time of a manual run: decides what is newer. Null where GitHub did not say. */
  pushedAt: z.iso.datetime().nullable(),
  requestedAt: z.iso.datetime(),
  trigger: Trigger,
  commit: CommitSummary.nullable(),
  /** What the commit's author wrote, if its tests are not wanted. */
  skip: z.exactOptional(SkipMark),
  /** Somebody wants all tests to be executed. */
  uncached: z.exactOptional(z.boolean()),
  /** What this event tells of the repository. */
  defaultBranch: z.string().max(1024).nullable(),
  fullName: z.exactOptional(z.string().max(300).nullable()),
  private: z.exactOptional(z.boolean().nullable()),
});

const RunCancelled = z.object({
  v: z.literal(1),
  type: z.literal('run.cancelled'),
  runId: RunId,
  by: Person,
  requestedAt: z.iso.datetime(),
});

/** Somebody who may write to the repository lets a fork's commit run. */
const RunApproved = RunCancelled.extend({ type: z.literal('run.approved') });

/** Look at this repository: a volume may be free for a run that waits, or is to be cleaned. */
const VolumeFreed = z.object({ v: z.literal(1), type: z.literal('volume.freed'), repoId: RepoId });

/** Look at this repository: its owner, its name or its registration may have changed. */
const RepositoryChanged = z.object({
  v: z.literal(1),
  type: z.literal('repository.changed'),
  repoId: RepoId,
  /** Who told of it: an event of the code host, or somebody who took the repository out. */
  told: z.enum(['host', 'person']),
});

export type RunRequested = z.output<typeof RunRequested>;
export type RunCancelled = z.output<typeof RunCancelled>;
export type RunApproved = z.output<typeof RunApproved>;
/** What the scheduler is told. */
export type RunEvent =
  | RunRequested
  | RunCancelled
  | RunApproved
  | z.output<typeof VolumeFreed>
  | z.output<typeof RepositoryChanged>;

/** Look at this run: something of it may have to be decided or reported. */
const RunChanged = z.object({ v: z.literal(1), type: z.literal('run.changed'), runId: RunId });
const Tick = z.object({ v: z.literal(1), type: z.literal('tick') });

/** A Job has ended, told by its Kubernetes event in a Cloud Logging entry. */
const JobFinished = z.object({ v: z.literal(1), type: z.literal('job.finished'), jobUid: z.string().min(1).max(100) });
/** Something ends a Pod, told by a Kubernetes event as well. It may say why only as long as it is there. */
const PodEnding = z.object({ v: z.literal(1), type: z.literal('pod.ending'), podName: z.string().min(1).max(253) });
/** An object under `signals/` was finalised. */
const Signal = z.object({
  v: z.literal(1),
  type: z.literal('signal'),
  runId: RunId,
  attempt: Attempt,
  signal: z.enum(['started', 'result']),
});

/** What the watcher is told. */
export type JobEvent =
  | z.output<typeof RunChanged>
  | z.output<typeof Tick>
  | z.output<typeof JobFinished>
  | z.output<typeof PodEnding>
  | z.output<typeof Signal>;

export type Message = RunEvent | JobEvent;

const sourceOf = <Source extends Trigger['source']>(...sources: readonly [Source, ...Source[]]) =>
  RunRequested.refine(({ trigger }) => sources.some((source) => source === trigger.source), {
    path: ['trigger', 'source'],
    message: 'is not said on this topic',
  });

const pushes = z.union([sourceOf('push', 'pull-request'), RepositoryChanged.extend({ told: z.literal('host') })]);
const orders = z.union([
  sourceOf('manual', 'rerun'),
  RunCancelled,
  RunApproved,
  RepositoryChanged.extend({ told: z.literal('person') }),
]);

/** What may be said on each topic, in the form in which it travels there: written and read through the same schema. */
export const schemas = {
  pushes,
  orders,
  replays: z.union([pushes, orders]),
  volumes: VolumeFreed,
  'run-changes': RunChanged,
  ticks: Tick,
} as const;
