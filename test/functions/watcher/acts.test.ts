import { describe, expect, it } from 'vitest';
import { githubMilliseconds } from '../../../shared/github/caller.ts';
import { YbError } from '../../../shared/errors.ts';
import { changed } from '../../../shared/run/transitions.ts';
import { runPath } from '../../../shared/store/runs.ts';
import { volumePath } from '../../../shared/store/volumes.ts';
import { createControlPlane } from '../../support/control-plane.ts';
import { noon, sampleRequest, samplePush, sampleRunId, sampleSha, workingRun } from '../../support/sample-run.ts';
import { createMemoryDocuments } from '../../world/documents.ts';
import { changeDocument } from '../../support/change-document.ts';

async function setUp(volumes = 1) {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', volumes);
  return plane;
}

const look = { v: 1, type: 'run.changed', runId: sampleRunId(1) } as const;
const told = (plane: Awaited<ReturnType<typeof setUp>>) => plane.github.statuses.get(sampleSha(1)) ?? [];

describe('the watcher', () => {
  it('does not free a volume that another run holds by now', async () => {
    const plane = await setUp();
    await plane.push(1);
    const run = await plane.run(sampleRunId(1));
    const holder = { runId: sampleRunId(2), attempt: 1, jobUid: 'of another' };
    await changeDocument(plane.documents, volumePath('42', 0), { epoch: 2, holder });
    plane.putResult(run);
    plane.cluster.end(run.job?.name ?? '', { terminal: 'Complete' });
    await plane.handle(look);
    expect((await plane.run(sampleRunId(1))).state).toBe('finished');
    expect((await plane.volumes('42'))[0]).toMatchObject({ state: 'leased', epoch: 2, holder });
  });

  it('asks GitHub what it shows before it says again what it may have said', async () => {
    const plane = await setUp();
    // GitHub takes it, and its answer is lost.
    plane.github.beforeStatus.push(async () => {
      plane.github.statuses.set(sampleSha(1), [
        { state: 'pending', description: 'Testing 0000000', targetUrl: urlOf(1), context: 'yb' },
      ]);
      await Promise.reject(new YbError('github-unavailable', 'no answer'));
    });
    await plane.push(1);
    expect(told(plane)).toHaveLength(1);
    plane.clock.advance(3_600_000);
    await plane.handle(look);
    expect(told(plane)).toHaveLength(1);
    expect(await plane.report(1)).toMatchObject({
      desired: { rank: 'working' },
      sending: null,
      tries: 0,
      trouble: null,
    });
  });

  it('says it again if GitHub does not show it', async () => {
    const plane = await setUp();
    plane.github.beforeStatus.push(async () => await Promise.reject(new YbError('github-unavailable', 'no answer')));
    await plane.push(1);
    expect(told(plane)).toHaveLength(0);
    plane.clock.advance(3_600_000);
    await plane.handle(look);
    expect(told(plane)).toHaveLength(1);
  });

  it('does not speak while another may still be speaking', async () => {
    const plane = await setUp();
    const gate = Promise.withResolvers<void>();
    plane.github.beforeStatus.push(async () => await gate.promise);
    await plane.handle(sampleRequest({ runId: sampleRunId(1), sha: sampleSha(1) }));
    plane.publisher.waiting.length = 0;
    const first = plane.handle(look);
    while ((await plane.report(1)) === null) await Promise.resolve();
    // Two calls, reading back and writing, may each take their whole time.
    plane.clock.advance(2 * githubMilliseconds);
    await expect(plane.handle(look)).rejects.toMatchObject({ code: 'conflict' });
    expect(told(plane)).toHaveLength(0);
    gate.resolve();
    await first;
    expect(told(plane)).toHaveLength(1);
  });

  it('keeps what GitHub took, whoever changes the run meanwhile', async () => {
    const plane = await setUp();
    await plane.push(1);
    plane.github.beforeStatus.push(async () => {
      await changeDocument(plane.documents, runPath(sampleRunId(1)), { changedBy: 'another' });
    });
    const run = await plane.run(sampleRunId(1));
    plane.putResult(run);
    plane.cluster.end(run.job?.name ?? '', { terminal: 'Complete' });
    await plane.handle(look);
    expect(told(plane).map(({ state }) => state)).toEqual(['success', 'pending']);
    expect(await plane.report(1)).toMatchObject({ desired: { rank: 'final' }, sending: null, trouble: null });
    // Nobody had to ask what it shows.
    expect(plane.github.asked).not.toContain(`statuses of ${sampleSha(1)}`);
  });

  it('remembers what a volume is warm with through a run in which Bazel did not end', async () => {
    const plane = await setUp();
    await plane.push(1);
    await plane.pass(1);
    expect((await plane.volumes('42'))[0]?.warm).toMatchObject({ sha: sampleSha(1) });
    await plane.push(2);
    const run = await plane.run(sampleRunId(2));
    plane.putResult(run, { exitCode: null, complete: false, events: { complete: false, exitCode: null } });
    plane.cluster.end(run.job?.name ?? '', { terminal: 'Failed', build: { exitCode: 137 } });
    await plane.handle({ ...look, runId: sampleRunId(2) });
    expect((await plane.volumes('42'))[0]?.warm).toMatchObject({ sha: sampleSha(1) });
  });

  it('asks for events of a Pod only while it waits for its volume', async () => {
    const plane = await setUp();
    await plane.push(1);
    await plane.handle(look);
    expect(plane.cluster.calls.get('readMountProblem')).toBeUndefined();
    plane.cluster.stall((await plane.run(sampleRunId(1))).job?.name ?? '', { scheduled: false });
    await plane.handle(look);
    expect(plane.cluster.calls.get('readMountProblem')).toBeUndefined();
    plane.cluster.stall((await plane.run(sampleRunId(1))).job?.name ?? '', { scheduled: true });
    await plane.handle(look);
    expect(plane.cluster.calls.get('readMountProblem')).toBe(1);
  });

  it('takes nothing of an attempt into the next one', () => {
    const run = workingRun({ runningAt: noon, lost: { code: 'preempted', detail: null, at: noon } });
    const past = {
      attempt: 1,
      volume: 0,
      verdict: 'infrastructure',
      code: 'preempted',
      exitCode: null,
      reason: 'x',
      finishedAt: noon,
    } as const;
    expect(changed(run, { type: 'retried', past })).toMatchObject({
      state: 'queued',
      attempt: 2,
      runningAt: null,
      lease: null,
      job: null,
      lost: null,
      abandoned: null,
    });
  });

  it('says in its line that it ended a run, also where somebody else was faster with the status', async () => {
    const plane = await setUp();
    await plane.push(1);
    plane.putResult(await plane.run(sampleRunId(1)));
    plane.cluster.end((await plane.run(sampleRunId(1))).job?.name ?? '', { terminal: 'Complete' });
    const { commit } = plane.documents;
    let conflicts = 0;
    plane.documents.commit = async (writes) => {
      const isReport = writes.some(({ path }) => path.includes('/commits/'));
      if (isReport && (conflicts += 1) === 1) throw new YbError('conflict', 'somebody was faster');
      return await commit(writes);
    };
    await plane.handle(look);
    expect(conflicts).toBeGreaterThan(1);
    const ended = plane.lines.lines().filter(({ did }) => did === 'ended');
    expect(ended).toMatchObject([{ run: sampleRunId(1), verdict: 'passed', queue_s: expect.any(Number) }]);
  });

  it('writes in each line about a run what started it', async () => {
    const plane = await setUp();
    const push = samplePush();
    await plane.handle(push);
    await plane.drain();
    const lines = plane.lines.lines().filter(({ run }) => run === push.runId);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      expect(line).toMatchObject({ delivery: 'f2467dea-70d6-11e8-8955-3c83993e0aef', source: 'push', actor: 'mira' });
    }
  });

  function urlOf(number: number): string {
    return `https://ci.example.com/runs/${sampleRunId(number)}`;
  }
});
