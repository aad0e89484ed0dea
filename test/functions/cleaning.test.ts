import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { useFirestore } from '../support/firestore.ts';
import { noon, sampleRequest, sampleRunId, sampleSha } from '../support/sample-run.ts';

const firestore = useFirestore();
const tick = { v: 1, type: 'tick' } as const;

/** Damage that no repair of the build script could heal: it counts against the volume. */
const damaged = {
  exitCode: 37,
  events: { complete: false, exitCode: null },
  repairs: [
    { exitCode: 37, action: 'retried' },
    { exitCode: 37, action: 'output-base-removed' },
  ],
};

async function setUp(volumes = 2) {
  const plane = createControlPlane({ documents: firestore.fresh().documents });
  await plane.register('42', volumes);
  const { cluster } = plane;
  const settle = async (message: Parameters<typeof plane.handle>[0]) => {
    await plane.handle(message).catch((error: unknown) => {
      // GitHub is not there, and Pub/Sub would deliver the message again.
      if (!(error instanceof YbError) || !error.retryable) throw error;
    });
    await plane.drain();
  };
  const push = async (number: number) => {
    const at = new Date(noon.getTime() + number * 1000).toISOString();
    await settle(sampleRequest({ runId: sampleRunId(number), sha: sampleSha(number), pushedAt: at, requestedAt: at }));
  };
  const endDamaged = async (number: number) => {
    const run = await plane.run(sampleRunId(number));
    plane.putResult(run, damaged);
    cluster.end(run.job?.name ?? '', { terminal: 'Failed', build: { exitCode: 37 } });
    return { run, finished: { v: 1, type: 'job.finished', jobUid: run.job?.uid ?? '' } as const };
  };
  /** The run's attempt ends with damage. @returns the volume it was on */
  const damage = async (number: number) => {
    const { run, finished } = await endDamaged(number);
    await settle(finished);
    return run.lease?.volume;
  };
  /** The same, but what the watcher tells of it stays on the publisher.waiting. */
  const damageUnheard = async (number: number) => {
    const { finished } = await endDamaged(number);
    await plane.handle(finished).catch(() => undefined);
  };
  const cleanings = () => [...cluster.jobs.values()].filter(({ name }) => name.startsWith('clean-'));
  const volume = async (index: number) => {
    const found = (await plane.volumes('42'))[index];
    if (found === undefined) throw new Error(`no volume ${index}`);
    return found;
  };
  const look = async (after = 0) => {
    plane.clock.advance(after);
    await settle(tick);
  };
  return { ...plane, push, damage, damageUnheard, cleanings, volume, look, settle };
}

/** A repository with one volume that has been damaged twice and is being cleaned now. */
async function withCleaning() {
  const setting = await setUp(1);
  await setting.push(1);
  await setting.damage(1);
  await setting.damage(1);
  return setting;
}

describe('a volume that failed twice', () => {
  it('is cleaned by a Job while the run goes to another, and is free again by itself', async () => {
    const { push, damage, cleanings, volume, cluster, run, settle, handle } = await setUp(2);
    // Two runs, of which each meets damage on volume 0.
    await push(1);
    expect(await damage(1)).toBe(0);
    expect((await run(sampleRunId(1))).lease?.volume).toBe(1);
    expect(await volume(0)).toMatchObject({ state: 'free', failures: 1 });
    await push(2);
    expect(await damage(2)).toBe(0);

    // The other is taken, so the second run waits for one of the two; the first of them is being cleaned.
    const [cleaning] = cleanings();
    expect(cleanings()).toHaveLength(1);
    expect(cluster.orders.get(cleaning?.name ?? '')).toMatchObject({
      kind: 'cleaning',
      repoId: '42',
      volume: 0,
      epoch: 3,
      diskName: 'vol-42-0',
    });
    expect(await volume(0)).toMatchObject({ state: 'cleaning', epoch: 3, cleaning: { job: { uid: cleaning?.uid } } });
    expect(await run(sampleRunId(2))).toMatchObject({
      state: 'queued',
      waitReason: 'waits for one of 2 volumes (1 being cleaned)',
    });

    // The Job is not over before its Pod is gone.
    await settle(tick);
    expect((await volume(0)).state).toBe('cleaning');
    cluster.end(cleaning?.name ?? '', { terminal: 'Complete' });
    await settle({ v: 1, type: 'job.finished', jobUid: cleaning?.uid ?? '' });

    // Clean, and at once the waiting run's, under the next epoch.
    expect(await volume(0)).toMatchObject({ state: 'leased', epoch: 4, failures: 0, warm: null, cleaning: null });
    expect(await run(sampleRunId(2))).toMatchObject({ state: 'starting', lease: { volume: 0, epoch: 4 } });
    await handle({ v: 1, type: 'job.finished', jobUid: 'of nobody' });
  });

  it('is cleaned though every event about it is lost: the tick finds it', async () => {
    const { publisher, push, damageUnheard, cluster, volume, cleanings, look, clock } = await setUp(1);
    await push(1);
    await damageUnheard(1);
    publisher.waiting.length = 0;
    clock.advance(60_000);
    await look();
    await damageUnheard(1);
    publisher.waiting.length = 0;
    expect(await volume(0)).toMatchObject({
      state: 'quarantined',
      cleaning: { reason: expect.stringContaining('crashed') as string },
    });
    await look();
    expect(await volume(0)).toMatchObject({ state: 'cleaning' });
    cluster.end(cleanings()[0]?.name ?? '', { terminal: 'Complete' });
    await look();
    expect((await volume(0)).state).toBe('free');
    // The run's own pause.
    await look(72_000);
    expect((await volume(0)).state).toBe('leased');
  });

  it('is tried again after a cleaning that was lost, under a new epoch, and says so to runs that wait', async () => {
    const { volume, cluster, cleanings, look, run } = await withCleaning();
    expect(await run(sampleRunId(1))).toMatchObject({ waitReason: expect.stringMatching(/^is tried again at/) });
    await look(72_000);
    expect(await run(sampleRunId(1))).toMatchObject({ waitReason: 'waits until a volume has been cleaned' });
    cluster.vanish(cleanings()[0]?.name ?? '');
    await look();
    expect(await volume(0)).toMatchObject({ state: 'quarantined', cleaning: { tries: 1, problem: 'its Job is gone' } });
    expect((await run(sampleRunId(1))).waitReason).toBe(
      'waits until a volume has been cleaned, which does not succeed: its Job is gone',
    );
    await look(59_000);
    expect(cleanings()).toHaveLength(0);
    await look(2_000);
    expect(await volume(0)).toMatchObject({ state: 'cleaning', epoch: 4 });
    expect(cleanings().map(({ name }) => name)).toEqual(['clean-42-0-4']);
  });

  it('gets an empty disk after two cleanings that failed, as soon as no Pod uses the old one', async () => {
    const { volume, cluster, cleanings, look, foreign } = await withCleaning();
    const first = cluster.disks.get('vol-42-0')?.uid;
    for (const wait of [0, 70_000]) {
      await look(wait);
      const name = cleanings().at(-1)?.name ?? '';
      cluster.end(name, { terminal: 'Failed', build: { message: '{"code":82,"message":"Input/output error"}' } });
      await look();
      // Its disk is the same, and nobody's.
      expect(cluster.disks.get('vol-42-0')?.uid).toBe(first);
    }
    expect(await volume(0)).toMatchObject({
      state: 'quarantined',
      cleaning: { tries: 2, problem: 'Input/output error' },
    });

    // A Pod that nobody here knows of holds on to the claim.
    const [order] = cluster.orders.values();
    if (order === undefined) throw new Error('no Job was made');
    foreign.add('somebody');
    await cluster.createJob({ ...order, name: 'somebody', diskName: 'vol-42-0' });
    const jobs = cleanings().length;
    await look(6 * 60_000);
    await look(60_000);
    expect(await volume(0)).toMatchObject({
      state: 'cleaning',
      epoch: 5,
      cleaning: { replaces: first, job: { uid: null } },
    });
    expect(cluster.disks.get('vol-42-0')?.uid).toBe(first);
    expect(cleanings()).toHaveLength(jobs);

    cluster.vanish('somebody');
    await look(60_000);
    expect(cleanings()).toHaveLength(jobs + 1);
    expect(cluster.disks.get('vol-42-0')?.uid).not.toBe(first);
    cluster.end(cleanings().at(-1)?.name ?? '', { terminal: 'Complete' });
    await look();
    expect(await volume(0)).toMatchObject({ state: 'leased', epoch: 6 });
  });

  it('is claimed once by schedulers that look at the same time, and has one Job though the cluster does not answer', async () => {
    const { publisher, push, damageUnheard, cluster, handle, volume, cleanings, settle } = await setUp(1);
    await push(1);
    await damageUnheard(1);
    await settle(tick);
    await damageUnheard(1);
    publisher.waiting.length = 0;
    cluster.faults.createJob.push(new YbError('kubernetes-unavailable', 'timed out'));
    await Promise.allSettled(
      Array.from({ length: 8 }, async () => await handle({ v: 1, type: 'volume.freed', repoId: '42' })),
    );
    await settle(tick);
    expect(cleanings().map(({ name }) => name)).toEqual(['clean-42-0-3']);
    expect(await volume(0)).toMatchObject({
      state: 'cleaning',
      epoch: 3,
      cleaning: { job: { uid: cleanings()[0]?.uid } },
    });
  });

  it('whose cleaning the cluster refuses tells why, and keeps no run of another volume waiting', async () => {
    const { push, damage, run, cluster, volume } = await setUp(2);
    await push(1);
    await damage(1);
    await push(2);
    cluster.refuse.add('clean-42-0-3');
    await damage(2);
    expect(await volume(0)).toMatchObject({
      state: 'quarantined',
      cleaning: { tries: 1, problem: 'create Job: exceeded quota' },
    });
    expect((await run(sampleRunId(1))).state).toBe('starting');
  });
});

describe('a tick with nothing to do', () => {
  it('asks for volumes twice, for what is due and what is idle, however many there are', async () => {
    const { documents, project } = firestore.fresh();
    expect(project).not.toBe('');
    const asked: string[] = [];
    const counted = {
      ...documents,
      query: async (query: Parameters<typeof documents.query>[0]) => {
        const found = await documents.query(query);
        asked.push(`${query.collection} ${found.length}`);
        return found;
      },
    };
    const plane = createControlPlane({ documents: counted });
    for (let repository = 1; repository <= 20; repository += 1) await plane.register(String(repository), 3);
    await plane.handle(tick);
    expect(asked.sort()).toEqual(['hookChecks 0', 'runs 0', 'volumes 0', 'volumes 0']);
    expect(plane.publisher.waiting).toEqual([]);
  });
});
