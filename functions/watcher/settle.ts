import type { Clock } from '../../shared/outside/clock.ts';
import { YbError } from '../../shared/errors.ts';
import { pastRun } from '../../shared/history/history.ts';
import type { Cluster, PodView } from '../../shared/outside/cluster.ts';
import { isGone, isOver, readWriter } from '../../shared/volume/writer.ts';
import { readResult, hasStarted } from '../../shared/logs/archive.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import type { Random } from '../../shared/outside/random.ts';
import { approvalEnds } from '../../shared/run/approval.ts';
import { notApproved } from '../../shared/run/outcome.ts';
import { nextAttemptAt } from '../../shared/run/retry.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { historyWrites } from '../../shared/store/history.ts';
import type { Stored } from '../../shared/store/record.ts';
import { readRepository } from '../../shared/store/repositories.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';
import { releases } from '../../shared/store/slots.ts';
import { readVolume, saveLease } from '../../shared/store/volumes.ts';
import { fenced, holds, released } from '../../shared/volume/lease.ts';
import { branchAfter } from './branch.ts';
import { type Judgement, type Observation, judge, nextStep, secondsSince, warmthAfter } from './decide.ts';
import { type Patience, podPatienceSeconds } from './waiting.ts';
import { readTests } from './tests.ts';

export interface SettleOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly objects: ObjectStore;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly patience: Patience;
  readonly random: Random;
  /** Seconds before each further attempt. */
  readonly pauses: readonly number[];
}

interface Settled {
  readonly run: Stored<Run>;
  readonly did: 'ended' | 'retried' | undefined;
}

/**
 * Moves a run to where the cluster and its signals say that it is, and settles it when its Job is over and its Pod gone.
 * @returns the run as it is now, and whether this look ended it or its attempt. @throws YbError `conflict` if somebody else moved it meanwhile
 */
export async function settle(options: SettleOptions, runId: string): Promise<Settled> {
  const before = await readRun(options.documents, runId);
  if (before === null) throw new YbError('not-found', 'no such run');
  const run = await moveOn(options, before);
  const isEnd = before.value.state !== 'finished' && run.value.state === 'finished';
  return { run, did: isEnd ? 'ended' : run.value.attempt > before.value.attempt ? 'retried' : undefined };
}

async function moveOn(options: SettleOptions, before: Stored<Run>): Promise<Stored<Run>> {
  const run = before.value;
  if (run.state === 'awaiting-approval') return await awaitApproval(options, before);
  if (run.state === 'finished' || run.state === 'queued' || run.job === null) return before;
  const observation = await observe(options, run, run.job);
  const { clock, patience } = options;
  const step = nextStep(run, observation, { now: clock.now(), patience });
  switch (step.type) {
    case 'wait':
      return before;
    case 'resume':
      await options.messenger.publish({ v: 1, type: 'volume.freed', repoId: run.repoId });
      return before;
    case 'started':
      return await saveRun(options.documents, before, changed(run, { type: 'started', at: step.at }));
    case 'result-seen':
      return await saveRun(options.documents, before, changed(run, { type: 'result-seen' }));
    case 'expire':
      await options.cluster.expireJob(run.job.name);
      return before;
    case 'lost':
      return await saveRun(options.documents, before, changed(run, { type: 'lost', ...step.why, at: clock.now() }));
    case 'abandon': {
      // Written down first: when the Job has ended, its Pod cannot be asked any more.
      const given = changed(run, { type: 'abandoned', ...step.why, at: clock.now() });
      const saved = await saveRun(options.documents, before, given);
      await options.cluster.expireJob(run.job.name);
      return saved;
    }
    case 'decide':
      // Nobody looks at its Job after this: one that has no end of its own gets one.
      if (observation.result === null) await options.cluster.expireJob(run.job.name);
      return await finish(options, before, observation);
    case 'settle':
      return await finish(options, before, observation);
  }
}

/** Nobody waits for a person for ever. */
async function awaitApproval({ documents, clock }: SettleOptions, before: Stored<Run>): Promise<Stored<Run>> {
  const now = clock.now();
  return now < approvalEnds(before.value) ? before : await saveRun(documents, before, notApproved(before.value, now));
}

async function observe(
  options: SettleOptions,
  run: Run,
  job: { readonly name: string; readonly uid: string | null },
): Promise<Observation> {
  if (job.uid === null)
    return { job: null, pod: null, result: null, started: null, mountProblem: null, podProblem: null };
  const attempt = { store: options.objects, runId: run.id, attempt: run.attempt };
  // The record is looked for last: where the writer was over before, a record that is not there will never come.
  const writer = await readWriter(options.cluster, { name: job.name, uid: job.uid });
  const [result, started] = await Promise.all([
    readResult(attempt),
    run.state === 'starting' ? hasStarted(attempt) : null,
  ]);
  const { pod } = writer;
  const mountProblem = isWaitingForVolume(pod) ? await options.cluster.readMountProblem(pod.uid) : null;
  const isLate = run.state === 'starting' && secondsSince(run, options.clock.now()) >= podPatienceSeconds;
  const isAsked = isLate && pod === null && started === null && !isOver(writer.job);
  const podProblem = isAsked ? await options.cluster.readPodProblem(job.uid) : null;
  return { ...writer, result, started, mountProblem, podProblem };
}

function isWaitingForVolume(pod: PodView | null): pod is PodView {
  const { phase, scheduled, containers } = pod ?? { phase: null, scheduled: false, containers: null };
  return phase === 'Pending' && scheduled && containers?.courier?.state === 'waiting';
}

async function finish(options: SettleOptions, before: Stored<Run>, observation: Observation): Promise<Stored<Run>> {
  const run = before.value;
  const [repository, volume] = await Promise.all([
    readRepository(options.documents, run.repoId),
    run.lease === null ? null : readVolume(options.documents, run.repoId, run.lease.volume),
  ]);
  const { defaultBranch } = repository?.value ?? { defaultBranch: null };
  const defaultRef = defaultBranch === null ? null : `refs/heads/${defaultBranch}`;
  const known = await readTests(options, run, observation.result, defaultRef);
  const at = options.clock.now();
  const judgement = judge({ run, observation, known, now: at });
  const [remembered, places, branch] = await Promise.all([
    historyWrites(options.documents, run.repoId, {
      run: pastRun(run, defaultRef),
      outcomes: judgement.remembered,
      at,
    }),
    releases(options.documents, run),
    // An attempt that does not count says nothing of the branch.
    branchAfter(options.documents, {
      run: { ...run, outcome: judgement.retry === null ? judgement.outcome : null },
      defaultRef,
      at,
    }),
  ]);
  const next =
    judgement.retry === null
      ? ended(run, { judgement, observation, news: branch.news, at })
      : changed(run, { type: 'retried', past: judgement.retry, notBefore: restUntil(options, judgement.retry, at) });
  const also = [...remembered, ...places, ...branch.writes];
  if (volume === null || !holds(volume.value, run)) {
    // The lease has gone on already: only the run is left to be settled.
    return await saveRun(options.documents, before, next, also);
  }
  const isFree = isGone(observation);
  const left = (isFree ? released : fenced)(volume.value, {
    condition: judgement.volume,
    warm: warmthAfter(run, observation.result, at),
    reason: judgement.outcome.reason,
    at,
  });
  const saved = await saveLease(options.documents, { run: before, volume }, { run: next, volume: left, also });
  // Another volume may be free for another attempt, and a place for another run; of a fenced one the end of its writer tells.
  if (isFree || judgement.retry !== null || places.length > 0)
    await options.messenger.publish({ v: 1, type: 'volume.freed', repoId: run.repoId });
  return saved.run;
}

function restUntil({ random, pauses }: SettleOptions, past: NonNullable<Judgement['retry']>, at: Date): Date | null {
  const [chance = 0] = random.bytes(1);
  return nextAttemptAt(past, pauses, at, chance / 255);
}

function ended(
  run: Run,
  how: {
    readonly judgement: Judgement;
    readonly observation: Observation;
    readonly news: Run['news'];
    readonly at: Date;
  },
): Run {
  const { judgement, news, at } = how;
  const { result } = how.observation;
  const { outcome, phases } = judgement;
  const log =
    result === null
      ? { complete: false, archived: false, bytes: 0, lines: 0 }
      : {
          complete: result.complete,
          archived: !result.missing.includes('build.log'),
          bytes: result.bytes,
          lines: result.lines,
        };
  // Without a result nobody made the archive; what was uploaded of the log until then becomes it, and nothing waits for that.
  return changed(run, { type: 'finished', outcome, phases, log, unarchived: result === null, news, at });
}
