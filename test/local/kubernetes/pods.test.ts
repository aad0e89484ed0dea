import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  containerState,
  core,
  batch,
  namespace,
  outcomeOf,
  scriptJob,
  startLocalCluster,
  untilTerm,
  conditionTypes,
} from '../../support/local-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patience = { timeout: 30_000, interval: 25 };
const merge = 'application/merge-patch+json';

/** A volume in which scripts tell what they did, in order. */
const diary = {
  volumes: [{ name: 'diary', persistentVolumeClaim: { claimName: 'diary' } }],
  mounts: [{ name: 'diary', mountPath: '/diary' }],
  env: { DIARY: '/diary/lines' },
};
const claim = {
  metadata: { name: 'diary' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const exclusive = { ...claim, spec: { ...claim.spec, accessModes: ['ReadWriteOncePod'] } };

async function clusterWithDiary(kind: object = claim) {
  const cluster = await startLocalCluster();
  await cluster.create('persistentvolumeclaims', kind);
  const file = join(cluster.stateDir, 'volumes', 'diary', 'lines');
  return {
    ...cluster,
    /** What the scripts have told so far. */
    told: (): readonly string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
    write: (run: string) => ({ run, mounts: diary.mounts, env: diary.env }),
  };
}

const podWithDiary = { volumes: diary.volumes, terminationGracePeriodSeconds: 10 };

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

describe("a container's world", () => {
  it('has real folders in place of the paths in its command and environment, and nothing else of ours', async () => {
    const folder = temporaryFolder();
    const app = join(folder, 'app');
    mkdirSync(join(app, 'bin'), { recursive: true });
    writeFileSync(
      join(app, 'hello.sh'),
      'cp "$IN/$1" "$OUT/copy"; env >"$OUT/env"; pwd >"$OUT/pwd"; tool >"$OUT/tool"\n',
    );
    writeFileSync(join(app, 'bin', 'tool'), '#!/bin/sh\necho mine\n', { mode: 0o755 });
    const cluster = await startLocalCluster({
      folder,
      images: { tools: { mounts: { '/app': app }, path: [join(app, 'bin')], env: { IMAGE: 'tools' } } },
    });
    await cluster.create('persistentvolumeclaims', claim);
    await cluster.create('secrets', { metadata: { name: 'keys' }, stringData: { 'a.json': '{"a":1}', b: 'unused' } });
    const job = scriptJob('world', { main: { run: '' } });
    Object.assign(job, {
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [
              {
                name: 'build',
                image: 'tools',
                command: ['sh', '/app/hello.sh'],
                args: ['a.json'],
                env: [
                  { name: 'IN', value: '/run/secrets/keys' },
                  { name: 'OUT', value: '/vol/sub' },
                  { name: 'PLAIN', value: '/volume/is/no/mount' },
                ],
                volumeMounts: [
                  { name: 'keys', mountPath: '/run/secrets/keys', readOnly: true },
                  { name: 'diary', mountPath: '/vol', subPath: 'part' },
                  { name: 'sub', mountPath: '/vol/sub' },
                ],
              },
            ],
            volumes: [
              ...diary.volumes,
              { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'a.json', path: 'a.json' }] } },
              { name: 'sub', persistentVolumeClaim: { claimName: 'diary' } },
            ],
          },
        },
      },
    });

    expect((await cluster.create('jobs', job)).status).toBe(201);
    expect(outcomeOf(await cluster.finished('world'))?.type).toBe('Complete');

    const volume = join(cluster.stateDir, 'volumes', 'diary');
    expect(readdirSync(volume).toSorted()).toEqual(['copy', 'env', 'part', 'pwd', 'tool']);
    expect(readFileSync(join(volume, 'copy'), 'utf8')).toBe('{"a":1}');
    expect(readFileSync(join(volume, 'tool'), 'utf8')).toBe('mine\n');
    const variables = Object.fromEntries(
      readFileSync(join(volume, 'env'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s)),
    ) as Record<string, string>;
    expect(variables).toMatchObject({ IMAGE: 'tools', PLAIN: '/volume/is/no/mount', OUT: volume });
    expect(variables['HOME']).toContain(join('kubernetes', 'pods'));
    expect(
      Object.keys(variables)
        .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name))
        .toSorted(),
    ).toEqual(['HOME', 'IMAGE', 'IN', 'OUT', 'PATH', 'PLAIN', 'YB_POD_CONTAINER', 'YB_POD_UID'].toSorted());
    // What belonged to the Pod alone went with it, the Secret's files above all.
    expect(existsSync(variables['IN'] ?? '')).toBe(false);
  });

  it('keeps the last words of a container, its exit code, and the signal that ended it', async () => {
    const cluster = await startLocalCluster();
    const script = (run: string) => ({ run, env: { WORDS: '/dev/termination-log' } });
    await cluster.create('jobs', scriptJob('words', { main: script('printf \'{"code":83}\' >$WORDS; exit 83') }));
    await cluster.create('jobs', scriptJob('long', { main: script('yes x | head -c 10000 >$WORDS; exit 1') }));
    await cluster.create('jobs', scriptJob('link', { main: script('ln -sf /etc/passwd $WORDS; exit 1') }));
    await cluster.create('jobs', scriptJob('killed', { main: script('kill -9 $$') }));
    await Promise.all(['words', 'long', 'link', 'killed'].map(async (name) => await cluster.finished(name)));
    const state = async (name: string) => containerState(await cluster.pod(name), 'build')['terminated'];

    expect(await state('words')).toMatchObject({ exitCode: 83, reason: 'Error', message: '{"code":83}' });
    expect(await state('long')).toMatchObject({ exitCode: 1, message: 'x\n'.repeat(2048) });
    expect(await state('link')).not.toHaveProperty('message');
    expect(await state('killed')).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  it('keeps what a container printed, for a while', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('jobs', scriptJob('talk', { main: { run: 'echo out; echo err >&2' } }));
    await cluster.finished('talk');
    const pod = await cluster.pod('talk');

    await expect
      .poll(async () => (await cluster.send('GET', `${core}/pods/${pod?.metadata.name ?? ''}/log`)).body, patience)
      .toBe('out\nerr');
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
    const main = { run: 'exit 0', mounts: diary.mounts };
    await cluster.create('jobs', scriptJob('homeless', { main }, { pod: podWithDiary }));
    await expect
      .poll(async () => (await cluster.pod('homeless'))?.status.conditions, patience)
      .toMatchObject([{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }]);

    await cluster.create('persistentvolumeclaims', claim);

    expect(outcomeOf(await cluster.finished('homeless'))?.type).toBe('Complete');
  });

  it('is for the other Pod on a claim that one Pod may have at a time, and for no longer than it runs', async () => {
    const { write, told, ...cluster } = await clusterWithDiary(exclusive);
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
    await expect.poll(told, patience).toEqual(['courier', 'build']);
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
    expect(cluster.told()).toEqual(['courier', 'build', 'build-ends', 'courier-ends']);
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
