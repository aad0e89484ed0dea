import { jobName } from '../../shared/attempt/names.ts';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from '../support/sample-run.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { useFirestore } from '../support/firestore.ts';
import { changeDocument } from '../support/change-document.ts';

const firestore = useFirestore();

async function setUp(volumes = 2) {
  const plane = createControlPlane({ documents: firestore.fresh().documents });
  await plane.register('42', volumes);
  return plane;
}

describe('a push', () => {
  it('takes a volume, has its Job made once, passes, frees the volume and tells GitHub each step once', async () => {
    const { push, run, volumes, cluster, putResult, handle, drain, states, pass } = await setUp();
    await push(1);
    const started = await run(sampleRunId(1));
    expect(started).toMatchObject({ state: 'starting', lease: { volume: 0, epoch: 1 }, job: { uid: 'job-1' } });
    expect((await volumes('42'))[0]).toMatchObject({
      state: 'leased',
      epoch: 1,
      holder: { runId: sampleRunId(1), jobUid: 'job-1' },
    });
    expect([...cluster.disks.keys()]).toEqual(['vol-42-0']);
    const [secret] = [...cluster.secrets.values()];
    expect(secret).toMatchObject({ job: { uid: 'job-1' }, token: 'github_pat_secret' });
    // What is secret is in the Secret and nowhere in the Job.
    expect(JSON.stringify([...cluster.orders.values()])).not.toContain('github_pat_secret');

    putResult(started);
    await handle({ v: 1, type: 'signal', runId: sampleRunId(1), attempt: 1, signal: 'result' });
    await drain();
    // The result alone proves nothing while the writer may still be there.
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finishing' });
    expect((await volumes('42'))[0]?.state).toBe('leased');

    await pass(1);
    const outcome = { verdict: 'passed', buildImage: 'ghcr.io/me/build@sha256:1' };
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', outcome });
    expect((await volumes('42'))[0]).toMatchObject({
      state: 'free',
      epoch: 1,
      holder: null,
      warm: { sha: sampleSha(1) },
    });
    expect(states(1)).toEqual(['pending', 'success']);
  });

  it('told many times, also by two schedulers at once, has one run and one Job', async () => {
    const { handle, drain, cluster } = await setUp();
    await Promise.all(Array.from({ length: 10 }, async () => await handle(sampleRequest())));
    await drain();
    await handle(sampleRequest());
    await drain();
    expect(cluster.jobs.size).toBe(1);
  });

  it('of a repository that is not registered is acknowledged and leaves nothing', async () => {
    const { handle, cluster, run } = await setUp();
    await handle(sampleRequest({ repoId: '43' }));
    expect(cluster.jobs.size).toBe(0);
    await expect(run(sampleRunId(1))).rejects.toThrow('no run');
  });

  it('whose Job was made though the cluster did not answer goes on with that very Job', async () => {
    const { push, handle, drain, cluster, run, volumes } = await setUp();
    cluster.faults.createJob.push(new YbError('kubernetes-unavailable', 'timed out'));
    await expect(push(1)).rejects.toMatchObject({ retryable: true });
    expect((await volumes('42'))[0]).toMatchObject({ state: 'leased', holder: { jobUid: null } });
    await handle(sampleRequest({ runId: sampleRunId(1), sha: sampleSha(1) }));
    await drain();
    expect(cluster.jobs.size).toBe(1);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'starting', job: { uid: 'job-1' } });
    expect((await volumes('42')).map(({ state }) => state)).toEqual(['leased', 'free']);
  });

  it('whose Job the cluster refuses for ever ends with a status that says so, and its volume is free', async () => {
    const { push, cluster, run, volumes, states } = await setUp();
    cluster.refuse.add(jobName({ id: sampleRunId(1), attempt: 1 }));
    await push(1);
    expect(await run(sampleRunId(1))).toMatchObject({
      state: 'finished',
      outcome: { verdict: 'infrastructure', code: 'job-refused' },
    });
    expect((await volumes('42'))[0]?.state).toBe('free');
    expect(states(1)).toEqual(['error']);
  });
});

describe('several pushes', () => {
  it('to a repository with one volume wait in order and go on as it is freed', async () => {
    const { push, pass, run, states } = await setUp(1);
    for (const number of [1, 2, 3]) await push(number);
    expect((await run(sampleRunId(2))).waitReason).toBe('waits for the volume of the repository');
    const order: string[] = [];
    for (const number of [1, 2, 3]) {
      const all = await Promise.all([1, 2, 3].map(async (one) => await run(sampleRunId(one))));
      order.push(...all.filter(({ state }) => state === 'starting').map(({ id }) => id));
      await pass(number);
    }
    expect(order).toEqual([1, 2, 3].map(sampleRunId));
    expect(states(2)).toEqual(['pending', 'pending', 'success']);
    expect((await run(sampleRunId(3))).lease).toEqual({ volume: 0, epoch: 3 });
  });
});

describe('a cancel', () => {
  const cancel = (number: number) =>
    ({ v: 1, type: 'run.cancelled', runId: sampleRunId(number), by: 'mira', requestedAt: noon.toISOString() }) as const;

  it('of a waiting run ends it at once', async () => {
    const { push, handle, drain, run, states } = await setUp(1);
    await push(1);
    await push(2);
    await handle(cancel(2));
    await drain();
    expect(await run(sampleRunId(2))).toMatchObject({
      state: 'finished',
      outcome: { verdict: 'cancelled', reason: 'cancelled by mira before it started' },
    });
    expect(states(2)).toEqual(['pending', 'error']);
  });

  it('of a working run expires its Job and settles when the Pod is gone', async () => {
    const { push, handle, drain, run, cluster, volumes } = await setUp(1);
    await push(1);
    await handle(cancel(1));
    await drain();
    const asked = await run(sampleRunId(1));
    expect(cluster.jobs.get(asked.job?.name ?? '')?.activeDeadlineSeconds).toBe(1);
    expect(asked.state).toBe('starting');
    expect((await volumes('42'))[0]?.state).toBe('leased');
    cluster.end(asked.job?.name ?? '', { terminal: 'Failed', reason: 'DeadlineExceeded', build: { exitCode: 8 } });
    await handle({ v: 1, type: 'job.finished', jobUid: asked.job?.uid ?? '' });
    await drain();
    expect(await run(sampleRunId(1))).toMatchObject({
      state: 'finished',
      outcome: { verdict: 'cancelled', reason: 'cancelled by mira' },
    });
    expect((await volumes('42'))[0]?.state).toBe('free');
  });

  it('of a run that is over changes nothing', async () => {
    const { push, pass, handle, drain, run } = await setUp(1);
    await push(1);
    await pass(1);
    const before = await run(sampleRunId(1));
    await handle(cancel(1));
    await drain();
    expect(await run(sampleRunId(1))).toEqual(before);
  });
});

describe('the status', () => {
  it('comes after GitHub is back, and only the newest', async () => {
    const { push, pass, tickAfter, run, states, github } = await setUp(1);
    github.answer = 502;
    await push(1);
    await pass(1);
    expect(states(1)).toEqual([]);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', nextLookAt: expect.any(Date) });
    github.answer = 201;
    await tickAfter(3_600_000);
    expect(states(1)).toEqual(['success']);
    // It is looked at once more, since what was given up before may yet have come.
    expect((await run(sampleRunId(1))).nextLookAt).not.toBeNull();
    await tickAfter(240_000);
    expect((await run(sampleRunId(1))).nextLookAt).toBeNull();
    expect(states(1)).toEqual(['success']);
  });

  it('tells of a build image that the installation does not allow any more, and of no Job', async () => {
    const { push, run, cluster, documents, states } = await setUp(1);
    await changeDocument(documents, 'repos/42', { settings: { buildImage: 'registry.internal/x' } });
    await push(1);
    expect((await run(sampleRunId(1))).outcome).toMatchObject({ code: 'job-refused', fault: 'settings' });
    expect((await run(sampleRunId(1))).outcome?.reason).toContain('registry.internal is no public registry');
    expect(states(1).at(-1)).toBe('error');
    expect(cluster.jobs.size).toBe(0);
  });

  it('that GitHub will never take is given up, with the reason kept', async () => {
    const { push, pass, run, report, github } = await setUp(1);
    github.answer = 422;
    await push(1);
    await pass(1);
    expect(await run(sampleRunId(1))).toMatchObject({ state: 'finished', nextLookAt: null });
    expect(await report(1)).toMatchObject({ left: true, trouble: { words: 'GitHub refuses it (422)' } });
  });
});
