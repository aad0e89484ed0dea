import { describe, expect, it } from 'vitest';
import { sampleRunId } from '../support/sample-run.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { useFirestore } from '../support/firestore.ts';

const firestore = useFirestore();

async function setUp(volumes = 2) {
  const plane = createControlPlane({ documents: firestore.fresh().documents });
  await plane.register('42', volumes);
  return plane;
}

describe('an attempt that is lost', () => {
  it('is tried again on the other volume, at most three times, and never green', async () => {
    const { push, cluster, run, handle, drain, volumes, states, tickAfter } = await setUp(2);
    await push(1);
    const used: (number | undefined)[] = [];
    for (const attempt of [1, 2, 3]) {
      const before = await run(sampleRunId(1));
      expect(before.attempt).toBe(attempt);
      used.push(before.lease?.volume);
      cluster.vanish(before.job?.name ?? '');
      await handle({ v: 1, type: 'run.changed', runId: sampleRunId(1) });
      await drain();
      await tickAfter(72_000);
    }
    expect(used.slice(0, 2)).toEqual([0, 1]);
    const last = await run(sampleRunId(1));
    expect(last).toMatchObject({ state: 'finished', outcome: { verdict: 'infrastructure' } });
    expect(last.pastAttempts).toHaveLength(2);
    expect(states(1)).toEqual(['pending', 'error']);
    expect((await volumes('42')).every(({ state }) => state === 'free')).toBe(true);
  });

  it('is tried again a while after it was lost, longer each time, and says when', async () => {
    const { push, cluster, run, handle, drain, clock, tickAfter } = await setUp(2);
    await push(1);
    const lose = async () => {
      cluster.vanish((await run(sampleRunId(1))).job?.name ?? '');
      const at = clock.now().getTime();
      await handle({ v: 1, type: 'run.changed', runId: sampleRunId(1) });
      const resting = await run(sampleRunId(1));
      return { resting, at };
    };
    const first = await lose();
    // Whoever saw it lost waits for its time.
    expect(clock.now().getTime() - first.at).toBeGreaterThanOrEqual(8000);
    expect(clock.now().getTime() - first.at).toBeLessThanOrEqual(12_000);
    expect(first.resting).toMatchObject({ state: 'queued', attempt: 2, notBefore: clock.now() });
    await drain();
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', attempt: 2, notBefore: null });

    const second = await lose();
    const pause = (second.resting.notBefore?.getTime() ?? 0) - second.at;
    expect(pause).toBeGreaterThanOrEqual(48_000);
    expect(pause).toBeLessThanOrEqual(72_000);
    expect(second.resting).toMatchObject({
      nextLookAt: second.resting.notBefore,
      waitReason: expect.stringMatching(/^is tried again at \d\d:\d\d:\d\d UTC$/),
    });
    // A volume is free, and its time has not come.
    await drain();
    expect((await run(sampleRunId(1))).state).toBe('queued');
    await tickAfter(pause - 1);
    expect((await run(sampleRunId(1))).state).toBe('queued');
    await tickAfter(1);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', attempt: 3 });
  });

  it('tells why its Pod was taken away, though nobody can ask the Pod any more', async () => {
    const { push, cluster, run, handle, drain, volumes, tickAfter } = await setUp(2);
    await push(1);
    const name = (await run(sampleRunId(1))).job?.name ?? '';
    const disruption = { reason: 'PreemptionByScheduler', message: 'default-scheduler: preempting' };
    const podName = cluster.disrupt(name, disruption);
    // Told twice, and of a Pod that is nobody's.
    for (const pod of [podName, podName, 'whose']) await handle({ v: 1, type: 'pod.ending', podName: pod });
    await drain();
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', lost: { code: 'preempted' } });
    expect((await volumes('42'))[0]?.state).toBe('leased');
    cluster.vanish(name);
    await tickAfter(60_000);
    expect(await run(sampleRunId(1))).toMatchObject({
      attempt: 2,
      lost: null,
      pastAttempts: [
        { code: 'preempted', reason: 'A more important Pod took its place: default-scheduler: preempting' },
      ],
    });
  });

  it("because no node takes its Pod is ended after a while, and says why in the cluster's words", async () => {
    const { push, cluster, run, handle, drain, clock, states, tickAfter } = await setUp(1);
    await push(1);
    const look = async () => {
      await handle({ v: 1, type: 'run.changed', runId: sampleRunId(1) });
      await drain();
      return await run(sampleRunId(1));
    };
    for (const attempt of [1, 2, 3]) {
      const before = await run(sampleRunId(1));
      expect(before.attempt).toBe(attempt);
      const name = before.job?.name ?? '';
      cluster.stall(name, { scheduled: false, unschedulable: '0/3 nodes are available: 3 Insufficient memory.' });
      clock.advance(890_000);
      expect((await look()).abandoned).toBeNull();
      clock.advance(20_000);
      // Found twice: the Job is asked to end once, and the Pod is not taken for gone before it is.
      await look();
      expect(await look()).toMatchObject({ state: 'starting', abandoned: { code: 'not-scheduled' } });
      expect(cluster.jobs.get(name)?.activeDeadlineSeconds).toBe(1);
      cluster.lose(name);
      if ((await look()).state === 'queued') await tickAfter(72_000);
    }
    const last = await run(sampleRunId(1));
    expect(last.outcome).toMatchObject({
      verdict: 'infrastructure',
      code: 'not-scheduled',
      reason: 'No node took the Pod: 0/3 nodes are available: 3 Insufficient memory',
    });
    expect(states(1)).toEqual(['pending', 'error']);
  });

  it('keeps its lease while its Pod may still write, whatever the clock says', async () => {
    const { push, run, volumes, tickAfter } = await setUp(1);
    await push(1);
    await tickAfter(365 * 86_400_000);
    expect((await run(sampleRunId(1))).state).toBe('starting');
    expect((await volumes('42'))[0]).toMatchObject({ state: 'leased', epoch: 1 });
  });
});
