import { describe, expect, it } from 'vitest';
import {
  batch,
  conditionTypes,
  containerState,
  namespace,
  outcomeOf,
  scriptJob,
  startLocalCluster,
} from '../../support/local-cluster.ts';
import { clusterWithDiary, merge, patience, podWithDiary } from './diary.ts';

describe('a Job that goes well', () => {
  it('runs init containers, then the main one with the sidecar beside them, and completes', async () => {
    const { write, told, ...cluster } = await clusterWithDiary();
    await cluster.create(
      'jobs',
      scriptJob(
        'good',
        {
          sidecar: write(
            "trap 'echo courier-ends >>$DIARY; exit 0' TERM; echo courier >>$DIARY; while :; do sleep 0.05; done",
          ),
          init: write('until grep -q courier $DIARY; do sleep 0.02; done; echo checkout >>$DIARY'),
          main: write('echo build >>$DIARY; printf "last words" >/dev/termination-log || true'),
        },
        { pod: podWithDiary },
      ),
    );

    const job = await cluster.finished('good');
    const pod = await cluster.pod('good');

    expect(outcomeOf(job)).toEqual({ type: 'Complete', reason: 'CompletionsReached' });
    expect(conditionTypes(job)).toEqual(['SuccessCriteriaMet', 'Complete']);
    expect(job.status).toMatchObject({ succeeded: 1, active: 0, completionTime: expect.any(String) });
    expect(told()).toEqual(['courier', 'checkout', 'build', 'courier-ends']);
    expect(pod?.status.phase).toBe('Succeeded');
    for (const name of ['courier', 'checkout', 'build']) {
      expect(containerState(pod, name)).toMatchObject({
        terminated: { exitCode: 0, reason: 'Completed' },
        restartCount: 0,
      });
    }
    expect(cluster.events).toMatchObject([
      {
        kind: 'Event',
        apiVersion: 'v1',
        involvedObject: { kind: 'Job', apiVersion: 'batch/v1', namespace, name: 'good', uid: job.metadata.uid },
        reason: 'Completed',
        type: 'Normal',
        source: { component: 'job-controller' },
      },
    ]);
  });

  it('tells of its end after its status does', async () => {
    const seen: Promise<string | undefined>[] = [];
    const cluster = await startLocalCluster({
      onEvent: ({ involvedObject }) => {
        seen.push(cluster.job(involvedObject.name).then((job) => (job === null ? undefined : outcomeOf(job)?.type)));
      },
    });
    await cluster.create('jobs', scriptJob('good', { main: { run: 'exit 0' } }));
    await cluster.create('jobs', scriptJob('bad', { main: { run: 'exit 1' } }));
    await Promise.all([cluster.finished('good'), cluster.finished('bad')]);

    await expect.poll(async () => new Set(await Promise.all(seen)), patience).toEqual(new Set(['Complete', 'Failed']));
  });

  it('goes by itself when its time after the end is over', async () => {
    const cluster = await startLocalCluster();
    await cluster.create(
      'jobs',
      scriptJob('short', { main: { run: 'exit 0' } }, { spec: { ttlSecondsAfterFinished: 0 } }),
    );

    await expect
      .poll(async () => [await cluster.job('short'), await cluster.pod('short')], patience)
      .toEqual([null, null]);
    expect(cluster.events.map(({ reason }) => reason)).toEqual(['Completed']);
  });
});

describe('a Job that fails', () => {
  it('fails with its main container, and the Pod tells how', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('jobs', scriptJob('bad', { main: { run: 'exit 3' } }));
    const job = await cluster.finished('bad');

    expect(outcomeOf(job)).toEqual({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(conditionTypes(job)).toEqual(['FailureTarget', 'Failed']);
    expect(job.status).toMatchObject({ failed: 1, active: 0 });
    const pod = await cluster.pod('bad');
    expect(pod?.status.phase).toBe('Failed');
    expect(containerState(pod, 'build')).toMatchObject({ terminated: { exitCode: 3 } });
    expect(cluster.events.map(({ reason, type }) => [reason, type])).toEqual([['BackoffLimitExceeded', 'Warning']]);
  });

  it('never starts the main container after an init container failed, and lets the sidecar end', async () => {
    const { write, told, ...cluster } = await clusterWithDiary();
    await cluster.create(
      'jobs',
      scriptJob(
        'early',
        {
          sidecar: write("trap 'echo courier-ends >>$DIARY; exit 0' TERM; while :; do sleep 0.05; done"),
          init: write('sleep 0.3; exit 82'),
          main: write('echo build >>$DIARY'),
        },
        { pod: podWithDiary },
      ),
    );
    const job = await cluster.finished('early');
    const pod = await cluster.pod('early');

    expect(outcomeOf(job)?.reason).toBe('BackoffLimitExceeded');
    expect(told()).toEqual(['courier-ends']);
    expect(containerState(pod, 'checkout')).toMatchObject({ terminated: { exitCode: 82 } });
    expect(containerState(pod, 'build')).toMatchObject({ waiting: { reason: 'PodInitializing' } });
  });

  it('says which program could not be started', async () => {
    const cluster = await startLocalCluster();
    const job = scriptJob('none', { main: { run: '' } });
    const text = JSON.stringify(job).replace('"sh","-c",""', '"no-such-program"');
    await cluster.create('jobs', JSON.parse(text) as object);
    await cluster.finished('none');

    expect(containerState(await cluster.pod('none'), 'build')).toMatchObject({
      terminated: { exitCode: 128, reason: 'StartError', message: expect.stringContaining('no-such-program') },
    });
  });

  it('waits for an image that is not there until its deadline', async () => {
    const cluster = await startLocalCluster({ images: {} });
    await cluster.create('jobs', scriptJob('image', { main: { run: 'exit 0' } }));
    await expect
      .poll(async () => containerState(await cluster.pod('image'), 'build'), patience)
      .toMatchObject({ waiting: { reason: 'ImagePullBackOff', message: expect.stringContaining('shell') } });

    await cluster.send('PATCH', `${batch}/jobs/image`, { spec: { activeDeadlineSeconds: 1 } }, merge);

    expect(outcomeOf(await cluster.finished('image'))?.reason).toBe('DeadlineExceeded');
  });
});

describe('a sidecar', () => {
  it('is started again when it ends by itself, and the Pod is over only after it', async () => {
    const { write, told, ...cluster } = await clusterWithDiary();
    await cluster.create(
      'jobs',
      scriptJob(
        'again',
        {
          sidecar: write(
            "echo start >>$DIARY; [ $(grep -c start $DIARY) -gt 1 ] || exit 5; trap 'sleep 0.3; echo end >>$DIARY; exit 0' TERM; while :; do sleep 0.05; done",
          ),
          main: write('until [ $(grep -c start $DIARY) -gt 1 ]; do sleep 0.02; done; sleep 0.2; echo build >>$DIARY'),
        },
        { pod: podWithDiary },
      ),
    );
    const job = await cluster.finished('again');
    const pod = await cluster.pod('again');

    expect(outcomeOf(job)?.type).toBe('Complete');
    expect(told()).toEqual(['start', 'start', 'build', 'end']);
    expect(containerState(pod, 'courier')).toMatchObject({ restartCount: 1, terminated: { exitCode: 0 } });
  });

  it('is killed when its grace is over, and its end does not count', async () => {
    const cluster = await startLocalCluster();
    await cluster.create(
      'jobs',
      scriptJob(
        'stubborn',
        { sidecar: { run: "trap '' TERM; while :; do sleep 0.05; done" }, main: { run: 'exit 0' } },
        { pod: { terminationGracePeriodSeconds: 1 } },
      ),
    );

    expect(outcomeOf(await cluster.finished('stubborn'))?.type).toBe('Complete');
    expect(containerState(await cluster.pod('stubborn'), 'courier')).toMatchObject({ terminated: { exitCode: 137 } });
  });
});
