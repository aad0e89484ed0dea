import type { RunRequested } from '../../shared/messages/messages.ts';
import { noCommit } from '../../shared/ids.ts';
import { refOfPull } from '../../shared/run/approval.ts';
import { runIdOfPull, runIdOfPush } from '../../shared/run/identity.ts';
import type { Run } from '../../shared/run/run.ts';
import { newRun } from '../../shared/run/transitions.ts';
import { type Volume, newVolume } from '../../shared/volume/volume.ts';

export const noon = new Date('2026-03-01T12:00:00.000Z');

/** A run id that reads like its number. */
export function sampleRunId(number: number): string {
  return `r${String(number).padStart(25, '0')}`;
}

/** A commit id that reads like its number. */
export function sampleSha(number: number): string {
  return number.toString(16).padStart(40, '0');
}

export function sampleRequest(changes: Partial<RunRequested> = {}): RunRequested {
  return {
    v: 1,
    type: 'run.requested',
    runId: sampleRunId(1),
    repoId: '42',
    ref: 'refs/heads/main',
    before: sampleSha(1),
    sha: sampleSha(2),
    pushedAt: noon.toISOString(),
    requestedAt: noon.toISOString(),
    // A push's id follows from what it tells; these ids read like numbers.
    trigger: { source: 'manual', delivery: null, actor: 'mira' },
    commit: { subject: 'Add retry to fetcher', author: 'mira', committedAt: noon.toISOString() },
    defaultBranch: 'main',
    ...changes,
  };
}

/** A delivery's request, under the id that follows from it. */
export function samplePush(changes: Partial<RunRequested> = {}): RunRequested {
  const trigger = { source: 'push', delivery: 'f2467dea-70d6-11e8-8955-3c83993e0aef', actor: 'mira' } as const;
  const request = sampleRequest({ trigger, ...changes });
  const { repoId, ref, before, sha, pushedAt } = request;
  return {
    ...request,
    runId: runIdOfPush({ repoId, ref, before, after: sha, pushedAt: pushedAt === null ? null : new Date(pushedAt) }),
  };
}

/** A pull request's commit, as the webhook tells of it. */
export function samplePull(pull: number, changes: Partial<RunRequested> = {}): RunRequested {
  const trigger = {
    source: 'pull-request',
    delivery: 'f2467dea-70d6-11e8-8955-3c83993e0aef',
    actor: 'mallory',
  } as const;
  const request = sampleRequest({ trigger, ref: refOfPull(pull), before: noCommit, ...changes });
  return { ...request, runId: runIdOfPull(request) };
}

export function sampleRun(changes: Partial<Run> = {}): Run {
  return { ...newRun(sampleRequest(), noon), vouched: true, ...changes };
}

/** A run that holds volume 0 under epoch 1, with its Job recorded. */
export function workingRun(changes: Partial<Run> = {}): Run {
  return sampleRun({
    state: 'running',
    lease: { volume: 0, epoch: 1 },
    job: { name: `run-${sampleRunId(1)}-1`, uid: 'uid-1', createdAt: noon, claimedAt: noon },
    startedAt: noon,
    ...changes,
  });
}

export function sampleVolume(changes: Partial<Volume> = {}): Volume {
  return { ...newVolume(0, 'trusted'), ...changes };
}
