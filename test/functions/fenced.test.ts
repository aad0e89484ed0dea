import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createControlPlane } from '../support/control-plane.ts';
import { sampleRunId, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const minute = 60_000;

async function setUp(volumes: number) {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', volumes);
  const name = async (number: number) => (await plane.run(sampleRunId(number))).job?.name ?? '';
  return {
    ...plane,
    name,
    /** The courier has brought its record, and the build's container has ended; Pod and Job go on. */
    async ends(number: number, exitCode = 0) {
      const run = await plane.run(sampleRunId(number));
      plane.putResult(run, exitCode === 0 ? {} : { exitCode, events: { complete: true, exitCode } });
      plane.cluster.ends(await name(number), { exitCode });
    },
    signal: (number: number) =>
      ({ v: 1, type: 'signal', runId: sampleRunId(number), attempt: 1, signal: 'result' }) as const,
  };
}

describe('a verdict', () => {
  it('is at GitHub by one handling, before the Job ends; its volume waits for that', async () => {
    const { push, ends, handle, signal, states, run, volumes, cluster, name, drain } = await setUp(1);
    await push(1);
    await ends(1);
    await handle(signal(1));
    expect(states(1)).toEqual(['pending', 'success']);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', outcome: { verdict: 'passed' } });
    const [fenced] = await volumes('42');
    expect(fenced).toMatchObject({ state: 'fenced', holder: { runId: sampleRunId(1) }, warm: { sha: sampleSha(1) } });
    await push(2);
    expect(await run(sampleRunId(2))).toMatchObject({
      state: 'queued',
      waitReason: 'waits for the volume of the repository (1 until the run before has gone)',
    });
    cluster.end(await name(1), { terminal: 'Complete' });
    await handle({ v: 1, type: 'job.finished', jobUid: (await run(sampleRunId(1))).job?.uid ?? '' });
    await drain();
    expect(await run(sampleRunId(2))).toMatchObject({ state: 'starting', lease: { volume: 0, epoch: 2 } });
  });

  it('waits a moment for the build to have ended, where its record is there first', async () => {
    const { push, run, putResult, handle, signal, clock, cluster, name, states } = await setUp(1);
    await push(1);
    putResult(await run(sampleRunId(1)));
    const job = await name(1);
    const looked = handle(signal(1));
    const before = clock.now().getTime();
    while (clock.now().getTime() === before) await turn();
    cluster.ends(job, { exitCode: 0 });
    await looked;
    expect(states(1).at(-1)).toBe('success');
  });

  it('of a build that its deadline stopped waits until the Job has said so, and no longer', async () => {
    const { push, putResult, handle, signal, drain, run, volumes, cluster, name, states } = await setUp(1);
    await push(1);
    putResult(await run(sampleRunId(1)), { exitCode: 8, events: { complete: true, exitCode: 8 } });
    const deadline = cluster.late(await name(1), { exitCode: 143 });
    await handle(signal(1));
    await drain();
    expect(await run(sampleRunId(1))).toMatchObject({ attempt: 1, outcome: null });
    deadline.told();
    await handle(signal(1));
    await drain();
    const outcome = { verdict: 'timed-out', code: 'deadline' };
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', attempt: 1, outcome });
    expect(states(1).at(-1)).toBe('failure');
    expect((await volumes('42'))[0]).toMatchObject({ state: 'fenced' });
  });

  it('of infrastructure has another attempt on another volume at once, and the first one comes back by the tick', async () => {
    const { push, ends, handle, signal, drain, run, volumes, cluster, name, ticks } = await setUp(2);
    await push(1);
    const first = await name(1);
    await ends(1, 37);
    await handle(signal(1));
    await drain();
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', attempt: 2, lease: { volume: 1 } });
    expect((await volumes('42')).map(({ state }) => state)).toEqual(['fenced', 'leased']);
    await ticks(5);
    expect((await volumes('42'))[0]).toMatchObject({
      state: 'fenced',
      cleaning: { problem: expect.stringContaining('is there') as string },
    });
    cluster.end(first, { terminal: 'Failed', build: { exitCode: 37 } });
    await ticks();
    expect((await volumes('42'))[0]).toMatchObject({ state: 'free', holder: null, cleaning: null });
  });
});

describe('a Pod that will not end', () => {
  it('keeps its volume and nothing else: its run is decided in ten minutes, and the volume comes back when it is gone', async () => {
    const { push, name, cluster, ticks, run, states, volumes, handle, drain, clock } = await setUp(1);
    await push(1);
    const lost = await name(1);
    const podName = cluster.disrupt(lost, { reason: 'DeletionByTaintManager', message: 'the node is lost' });
    await handle({ v: 1, type: 'pod.ending', podName });
    await drain();
    const began = clock.now().getTime();
    while ((await run(sampleRunId(1))).attempt === 1) await ticks();
    expect(clock.now().getTime() - began).toBeLessThanOrEqual(10 * minute);
    expect((await run(sampleRunId(1))).pastAttempts).toMatchObject([{ code: 'node-gone' }]);
    const [fenced] = await volumes('42');
    expect(fenced).toMatchObject({ state: 'fenced', cleaning: { since: expect.any(Date) as Date } });
    // Whatever the clock says.
    await ticks(120);
    expect((await volumes('42'))[0]).toMatchObject({
      state: 'fenced',
      cleaning: { problem: `the Pod ${podName} is being deleted and does not end` },
    });
    expect(states(1).at(-1)).toBe('pending');
    cluster.lose(lost);
    await ticks();
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', attempt: 2, lease: { epoch: 2 } });
  });

  it('of a run that somebody cancelled does not keep it from being over', async () => {
    const { push, handle, drain, ticks, run, states, cluster, name } = await setUp(1);
    await push(1);
    const requestedAt = new Date().toISOString();
    await handle({ v: 1, type: 'run.cancelled', runId: sampleRunId(1), by: 'mira', requestedAt });
    await drain();
    expect(cluster.jobs.get(await name(1))?.activeDeadlineSeconds).toBe(1);
    await ticks(10);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', outcome: { verdict: 'cancelled' } });
    expect(states(1).at(-1)).toBe('error');
  });
});
