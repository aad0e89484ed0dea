import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  batch,
  conditionTypes,
  containerState,
  core,
  outcomeOf,
  scriptJob,
  startLocalCluster,
  untilTerm,
} from '../../support/local-cluster.ts';
import { claim, clusterWithDiary, diaryMounts, exclusiveClaim, merge, patience, podWithDiary } from './diary.ts';

describe('waiting', () => {
  it('is for a Secret that is mounted and not there yet', async () => {
    const cluster = await startLocalCluster();
    const volumes = [{ name: 'keys', secret: { secretName: 'late', items: [{ key: 'token', path: 'token' }] } }];
    const main = {
      run: 'test "$(cat $KEYS/token)" = sesame && test "$(stat -c %a $KEYS/token)" = 400',
      mounts: [{ name: 'keys', mountPath: '/keys' }],
      env: { KEYS: '/keys' },
    };
    await cluster.create('jobs', scriptJob('late', { main }, { pod: { volumes } }));
    await expect.poll(async () => conditionTypes(await cluster.pod('late')), patience).toContain('PodScheduled');
    await cluster.create('secrets', { metadata: { name: 'late' }, stringData: { other: 'x' } });
    expect(containerState(await cluster.pod('late'), 'build')).toMatchObject({ waiting: {} });

    await cluster.send('PATCH', `${core}/secrets/late`, { data: { token: btoa('sesame') } }, merge);

    expect(outcomeOf(await cluster.finished('late'))?.type).toBe('Complete');
  });

  it('is for a claim that is not there yet', async () => {
    const cluster = await startLocalCluster();
    const main = { run: 'exit 0', mounts: diaryMounts };
    await cluster.create('jobs', scriptJob('homeless', { main }, { pod: podWithDiary }));
    await expect
      .poll(async () => (await cluster.pod('homeless'))?.status.conditions, patience)
      .toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]);

    await cluster.create('persistentvolumeclaims', claim);

    expect(outcomeOf(await cluster.finished('homeless'))?.type).toBe('Complete');
  });

  it('is for the other Pod on a claim that one Pod may have at a time, and for no longer than it runs', async () => {
    const { write, told, ...cluster } = await clusterWithDiary(exclusiveClaim);
    const script = (name: string) =>
      write(
        `echo ${name}-starts >>$DIARY; until [ -e "$(dirname $DIARY)/${name}" ]; do sleep 0.02; done; echo ${name}-ends >>$DIARY`,
      );
    for (const name of ['one', 'two']) {
      await cluster.create('jobs', scriptJob(name, { main: script(name) }, { pod: podWithDiary }));
      await expect.poll(async () => await cluster.pod(name), patience).not.toBeNull();
    }
    await expect.poll(told, patience).toEqual(['one-starts']);
    expect((await cluster.pod('two'))?.status).toMatchObject({
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', message: expect.stringContaining('ReadWriteOncePod') }],
    });

    for (const name of ['one', 'two']) writeFileSync(join(cluster.stateDir, 'volumes', 'diary', name), '');
    await cluster.finished('two');

    expect(told()).toEqual(['one-starts', 'one-ends', 'two-starts', 'two-ends']);
  });
});

describe('a claim', () => {
  it('that is deleted stays until its Pod is over, and its data goes with it', async () => {
    const { write, told, ...cluster } = await clusterWithDiary();
    await cluster.create(
      'jobs',
      scriptJob('user', { main: write(`echo on >>$DIARY; ${untilTerm()}`) }, { pod: podWithDiary }),
    );
    await expect.poll(told, patience).toEqual(['on']);

    const answer = await cluster.send('DELETE', `${core}/persistentvolumeclaims/diary`);
    expect(answer.body).toMatchObject({
      kind: 'PersistentVolumeClaim',
      metadata: { deletionTimestamp: expect.any(String) },
    });
    expect(told()).toEqual(['on']);
    await cluster.send('PATCH', `${batch}/jobs/user`, { spec: { activeDeadlineSeconds: 1 } }, merge);
    await cluster.finished('user');

    expect((await cluster.send('GET', `${core}/persistentvolumeclaims/diary`)).status).toBe(404);
    await expect.poll(() => readdirSync(join(cluster.stateDir, 'volumes')), patience).toEqual([]);
  });
});
