import { describe, expect, it } from 'vitest';
import { withTally } from '../../../shared/tally.ts';
import { batch, namespace } from '../../support/local-cluster.ts';
import { connected, job, patience, start } from './cluster-rig.ts';

describe('a cluster', () => {
  it('runs the Job of an attempt to its end, and tells how each container ended', async () => {
    const world = await connected();
    const made = await start(world, 'first', 'sesame');
    await expect.poll(async () => (await world.cluster.readJob(made.name))?.terminal, patience).toBe('Failed');

    expect(made).toMatchObject({ name: 'run-first-1', created: true });
    expect(await world.cluster.readJob(made.name)).toMatchObject({
      uid: made.uid,
      active: 0,
      reason: 'BackoffLimitExceeded',
      activeDeadlineSeconds: 600,
      startTime: expect.any(Date),
    });
    expect(await world.cluster.readPod(made.uid)).toMatchObject({
      phase: 'Failed',
      scheduled: true,
      containers: {
        courier: { state: 'terminated', exitCode: 0 },
        checkout: { exitCode: 0, message: '{"code":0,"message":"token of 6"}' },
        build: { state: 'terminated', exitCode: 3, reason: 'Error', restartCount: 0 },
      },
    });
    const pod = await world.cluster.readPod(made.uid);
    expect(await world.cluster.readMountProblem(pod?.uid ?? '')).toBeNull();
  });

  it('makes a Job once: the second time it is met as it is', async () => {
    const { cluster } = await connected();
    const first = await cluster.createJob(job('once'));
    const second = await cluster.createJob(job('once'));

    expect(second).toEqual({ ...first, created: false });
  });

  it('leaves a Secret and a claim that are there as they are', async () => {
    const world = await connected();
    const { disk, ...made } = await start(world, 'twice', 'sesame');

    await world.cluster.ensureSecret({ job: made, token: 'another', upload: {}, secrets: [] });
    await world.cluster.ensureDisk(disk);

    const kept = await world.local.send('GET', `/api/v1/namespaces/${namespace}/secrets/${made.name}`);
    expect(kept.body).toMatchObject({ data: { token: btoa('sesame') } });
  });

  it('ends a Job in an orderly way, with an event', async () => {
    const world = await connected();
    const made = await start(world, 'cancel', 'wait');
    await expect.poll(async () => (await world.cluster.readPod(made.uid))?.phase, patience).toBe('Running');

    await world.cluster.expireJob(made.name);

    await expect.poll(async () => (await world.cluster.readJob(made.name))?.terminal, patience).toBe('Failed');
    expect((await world.cluster.readJob(made.name))?.reason).toBe('DeadlineExceeded');
    expect(await world.cluster.readPod(made.uid)).toBeNull();
    expect(world.local.events.map(({ reason }) => reason)).toEqual(['DeadlineExceeded']);
    await world.cluster.expireJob(made.name);
  });

  it('has nothing to say about what is not there', async () => {
    const { cluster } = await connected();

    expect(await cluster.readJob('none')).toBeNull();
    expect(await cluster.readPod('none')).toBeNull();
    await cluster.expireJob('none');
  });

  it('deletes a claim by its uid, when no Pod uses it any more, and then makes another', async () => {
    const world = await connected();
    const { cluster } = world;
    const { disk, ...made } = await start(world, 'claims', 'wait');
    const { name } = disk;
    const of = { repoId: '7', name };
    await expect.poll(async () => (await cluster.readPod(made.uid))?.phase, patience).toBe('Running');
    const first = await cluster.readDisk(name);

    await cluster.deleteDisk({ ...of, uid: 'of another' });
    await cluster.deleteDisk({ ...of, uid: first?.uid ?? '' });
    await cluster.ensureDisk(disk);
    expect(await cluster.readDisk(name)).toEqual(first);

    await world.local.send('DELETE', `${batch}/jobs/${made.name}?propagationPolicy=Background`);
    await expect.poll(async () => await cluster.readDisk(name), patience).toBeNull();
    await cluster.deleteDisk({ ...of, uid: first?.uid ?? '' });
    await cluster.ensureDisk(disk);
    const second = await cluster.readDisk(name);
    expect(second?.uid).not.toBe(first?.uid);
    // A late call for the first one leaves the second alone.
    await cluster.deleteDisk({ ...of, uid: first?.uid ?? '' });
    expect(await cluster.readDisk(name)).toEqual(second);
  });

  it('has a claim go that Pods of Jobs which are over still keep, and leaves those Jobs to be read', async () => {
    const { cluster, ...world } = await connected();
    const { disk, ...made } = await start({ cluster, ...world }, 'over', 'sesame');
    await expect.poll(async () => (await cluster.readJob(made.name))?.terminal, patience).toBe('Failed');
    const { uid = '' } = (await cluster.readDisk(disk.name)) ?? {};

    await cluster.deleteDisk({ repoId: '8', name: disk.name, uid });
    expect(await cluster.readDisk(disk.name)).toEqual({ uid });
    await cluster.deleteDisk({ repoId: '7', name: disk.name, uid });

    await expect.poll(async () => await cluster.readDisk(disk.name), patience).toBeNull();
    expect(await cluster.readPod(made.uid)).toBeNull();
    expect(await cluster.readJob(made.name)).toMatchObject({ uid: made.uid, terminal: 'Failed' });
  });

  it('counts its calls in the unit of work that makes them', async () => {
    const { cluster } = await connected();

    await withTally(async (tally) => {
      await cluster.readJob('none');
      await cluster.createJob(job('counted'));
      expect(tally.calls).toEqual({ kubernetes: 2 });
    });
  });
});
