import { describe, expect, it } from 'vitest';
import { batch, conditionTypes, core, outcomeOf, scriptJob, startLocalCluster } from '../../support/local-cluster.ts';
import { clusterWithDiary, merge, patience, podWithDiary } from './diary.ts';

describe('the end of a running Job', () => {
  async function running(policy: object = {}, grace = 10) {
    const { write, told, ...cluster } = await clusterWithDiary();
    const script = (name: string) =>
      write(`trap 'echo ${name}-ends >>$DIARY; exit 143' TERM; echo ${name} >>$DIARY; while :; do sleep 0.05; done`);
    const job = scriptJob(
      'running',
      { sidecar: script('courier'), main: script('build') },
      { spec: policy, pod: { ...podWithDiary, terminationGracePeriodSeconds: grace } },
    );
    await cluster.create('jobs', job);
    // The sidecar is started first, and may still be slower to say so.
    await expect.poll(() => told().toSorted(), patience).toEqual(['build', 'courier']);
    return { ...cluster, told };
  }
  const disruption = {
    podFailurePolicy: {
      rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
    },
  };

  it('comes in an orderly way when its deadline is set into the past', async () => {
    const cluster = await running();

    await cluster.send('PATCH', `${batch}/jobs/running`, { spec: { activeDeadlineSeconds: 1 } }, merge);
    const job = await cluster.finished('running');

    expect(outcomeOf(job)).toEqual({ type: 'Failed', reason: 'DeadlineExceeded' });
    expect(cluster.told().slice(2)).toEqual(['build-ends', 'courier-ends']);
    expect(await cluster.pod('running')).toBeNull();
    expect(cluster.events.map(({ reason }) => reason)).toEqual(['DeadlineExceeded']);
  });

  it('is decided before the Pod is gone, and told after', async () => {
    const cluster = await startLocalCluster();
    const main = { run: "trap 'sleep 1; exit 0' TERM; echo ready; while :; do sleep 0.05; done" };
    await cluster.create('jobs', scriptJob('slow', { main }, { spec: { activeDeadlineSeconds: 1 } }));
    await expect.poll(async () => conditionTypes(await cluster.job('slow')), patience).toEqual(['FailureTarget']);

    expect((await cluster.job('slow'))?.status).toMatchObject({ active: 0, terminating: 1 });
    expect((await cluster.pod('slow'))?.metadata.deletionTimestamp).toBeDefined();
    expect(cluster.events).toEqual([]);
    // A main container that ends well when it is told to end does not make a success of it.
    expect(outcomeOf(await cluster.finished('slow'))?.reason).toBe('DeadlineExceeded');
  });

  it('is a failure when somebody deletes its Pod', async () => {
    const cluster = await running();
    const pod = await cluster.pod('running');

    const answer = await cluster.send('DELETE', `${core}/pods/${pod?.metadata.name ?? ''}`);
    expect(answer).toMatchObject({ status: 200, body: { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 10 } } });

    expect(outcomeOf(await cluster.finished('running'))?.reason).toBe('BackoffLimitExceeded');
    expect(cluster.told().slice(2)).toEqual(['build-ends', 'courier-ends']);
    await expect.poll(async () => await cluster.pod('running'), patience).toBeNull();
  });

  it('tells that the Pod was evicted, by the rule for it', async () => {
    const cluster = await running(disruption);
    const pod = await cluster.pod('running');

    await cluster.send('POST', `${core}/pods/${pod?.metadata.name ?? ''}/eviction`, {});

    expect(outcomeOf(await cluster.finished('running'))?.reason).toBe('PodFailurePolicy');
    expect(cluster.events.map(({ reason }) => reason)).toEqual(['PodFailurePolicy']);
  });

  it('comes at once where the grace is cut to nothing', async () => {
    const cluster = await startLocalCluster();
    const main = { run: "trap '' TERM; while :; do sleep 0.05; done" };
    await cluster.create('jobs', scriptJob('deaf', { main }, { pod: { terminationGracePeriodSeconds: 600 } }));
    await expect.poll(async () => (await cluster.pod('deaf'))?.status.phase, patience).toBe('Running');
    const path = `${core}/pods/${(await cluster.pod('deaf'))?.metadata.name ?? ''}`;

    await cluster.send('DELETE', path);
    await cluster.send('DELETE', `${path}?gracePeriodSeconds=0`);

    expect(outcomeOf(await cluster.finished('deaf'))?.reason).toBe('BackoffLimitExceeded');
  });

  it('is silent when the Job itself is deleted, and takes all that it owned along', async () => {
    const cluster = await running();
    const job = await cluster.job('running');
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'running', uid: job?.metadata.uid };
    await cluster.create('secrets', { metadata: { name: 'owned', ownerReferences: [owner] } });

    const answer = await cluster.send('DELETE', `${batch}/jobs/running?propagationPolicy=Background`);

    expect(answer).toMatchObject({ status: 200, body: { kind: 'Status', status: 'Success' } });
    expect(await cluster.job('running')).toBeNull();
    await expect.poll(async () => await cluster.pod('running'), patience).toBeNull();
    expect((await cluster.send('GET', `${core}/secrets/owned`)).status).toBe(404);
    expect(cluster.told().slice(2)).toEqual(['build-ends', 'courier-ends']);
    expect(cluster.events).toEqual([]);
  });

  it('leaves the Pod running if the Job is deleted without a word on what it owns', async () => {
    const cluster = await running();

    await cluster.send('DELETE', `${batch}/jobs/running`);

    expect(await cluster.job('running')).toBeNull();
    expect((await cluster.pod('running'))?.status.phase).toBe('Running');
    expect((await cluster.pod('running'))?.metadata).not.toHaveProperty('ownerReferences');
  });
});
