import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { killTraces } from '../../../local/kubernetes/reaper.ts';
import {
  type LocalCluster,
  containerState,
  core,
  outcomeOf,
  scriptJob,
  startLocalCluster,
  conditionTypes,
} from '../../support/local-cluster.ts';
import { alive } from '../../support/alive.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patience = { timeout: 30_000, interval: 25 };
const claim = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOncePod'], resources: { requests: { storage: '1Gi' } } },
};
const pod = {
  terminationGracePeriodSeconds: 600,
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
};
const policy = {
  podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
};

/** A script that works in the volume `data`. */
const script = (run: string) => ({ run, mounts: [{ name: 'data', mountPath: '/data' }], env: { DATA: '/data' } });

/** The process id that a script has written into its volume. */
async function pidIn(cluster: LocalCluster, name: string): Promise<number> {
  const file = join(cluster.stateDir, 'volumes', 'data', name);
  await expect.poll(() => (existsSync(file) ? readFileSync(file, 'utf8') : ''), patience).toMatch(/^\d+\n$/);
  return Number(readFileSync(file, 'utf8'));
}

describe('the end of a container', () => {
  it.each([
    ['in a session of its own', 'setsid sh -c \'echo $$ >"$DATA/pid"; sleep 1000\' &'],
    [
      'that has thrown away its environment',
      '(cd "$DATA" && exec env -i setsid sh -c "echo \\$\\$ >pid; sleep 1000") &',
    ],
    [
      'that is elsewhere and names the volume',
      'cd /; env -i setsid sh -c "echo \\$\\$ >$DATA/pid; sleep 1000; : $DATA/" &',
    ],
  ])('is the end of a process %s', async (_what, daemon) => {
    const cluster = await startLocalCluster();
    await cluster.create('persistentvolumeclaims', claim);
    await cluster.create(
      'jobs',
      scriptJob(
        'daemon',
        { main: script(`${daemon}\nuntil [ -s "$DATA/pid" ]; do sleep 0.02; done; exit 3`) },
        { pod },
      ),
    );
    const daemonPid = await pidIn(cluster, 'pid');

    expect(outcomeOf(await cluster.finished('daemon'))?.type).toBe('Failed');

    expect(alive(daemonPid)).toBe(false);
    expect(containerState(await cluster.pod('daemon'), 'build')).toMatchObject({ terminated: { exitCode: 3 } });
  });

  it('leaves other processes alone', async () => {
    const folder = temporaryFolder();
    const other = spawn('sleep', ['1000'], { cwd: folder, stdio: 'ignore' });
    onTestFinished(() => {
      other.kill('SIGKILL');
    });

    await killTraces([join(folder, 'elsewhere', '/')]);
    expect(alive(other.pid ?? 0)).toBe(true);
    await killTraces([join(folder, '/')]);

    await expect.poll(() => alive(other.pid ?? 0), patience).toBe(false);
  });
});

describe('the end of the cluster', () => {
  it('comes within seconds, whatever its containers do', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('persistentvolumeclaims', claim);
    const deaf = (name: string) => script(`trap '' TERM; echo $$ >"$DATA/${name}"; while :; do sleep 0.05; done`);
    await cluster.create('jobs', scriptJob('deaf', { sidecar: deaf('courier'), main: deaf('build') }, { pod }));
    const pids = await Promise.all([pidIn(cluster, 'courier'), pidIn(cluster, 'build')]);

    await cluster.stop();

    expect(pids.map(alive)).toEqual([false, false]);
    await expect(fetch(cluster.url)).rejects.toThrow();
    expect(existsSync(join(cluster.stateDir, 'pods'))).toBe(false);
  });

  it('lets containers end by themselves if they are quick', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('persistentvolumeclaims', claim);
    const main = script(
      `trap 'echo 1 >"$DATA/ended"; exit 0' TERM; echo $$ >"$DATA/pid"; while :; do sleep 0.05; done`,
    );
    await cluster.create('jobs', scriptJob('quick', { main }, { pod }));
    await pidIn(cluster, 'pid');

    await cluster.stop();

    expect(await pidIn(cluster, 'ended')).toBe(1);
  });

  it('is the loss of its Pods: their Jobs have failed at the next start, and volumes are as they were left', async () => {
    const folder = temporaryFolder();
    const first = await startLocalCluster({ folder });
    await first.create('persistentvolumeclaims', claim);
    const main = script(`echo $$ >"$DATA/pid"; while :; do sleep 0.05; done`);
    await first.create('jobs', scriptJob('lost', { main }, { pod, spec: policy }));
    await first.create('jobs', scriptJob('over', { main: { run: 'exit 0' } }));
    await first.finished('over');
    const pid = await pidIn(first, 'pid');
    await first.stop();
    expect(first.events.map(({ reason }) => reason)).toEqual(['Completed']);

    const second = await startLocalCluster({ folder });
    const job = await second.finished('lost');

    expect(outcomeOf(job)).toEqual({ type: 'Failed', reason: 'PodFailurePolicy' });
    expect(conditionTypes(job)).toContain('FailureTarget');
    expect(await second.pod('lost')).toBeNull();
    expect(second.events.map(({ reason, involvedObject }) => [involvedObject.name, reason])).toEqual([
      ['lost', 'PodFailurePolicy'],
    ]);
    expect(outcomeOf(await second.finished('over'))?.type).toBe('Complete');
    expect(await pidIn(second, 'pid')).toBe(pid);
    expect((await second.send('GET', `${core}/persistentvolumeclaims/data`)).status).toBe(200);
  });

  it('lets a Pod that waited wait on', async () => {
    const folder = temporaryFolder();
    const first = await startLocalCluster({ folder });
    await first.create('jobs', scriptJob('waiting', { main: script('exit 0') }, { pod }));
    await expect.poll(async () => (await first.pod('waiting'))?.status.phase, patience).toBe('Pending');
    await first.stop();

    const second = await startLocalCluster({ folder });
    await second.create('persistentvolumeclaims', claim);

    expect(outcomeOf(await second.finished('waiting'))?.type).toBe('Complete');
  });

  it('cannot leave a writer behind: what a crash left running is gone before the next Pod starts', async () => {
    const folder = temporaryFolder();
    const volume = join(folder, 'kubernetes', 'volumes', 'data');
    mkdirSync(volume, { recursive: true });
    const left = spawn('sleep', ['1000'], { cwd: volume, detached: true, stdio: 'ignore' });
    onTestFinished(() => {
      left.kill('SIGKILL');
    });
    expect(alive(left.pid ?? 0)).toBe(true);

    await startLocalCluster({ folder });

    await expect.poll(() => alive(left.pid ?? 0), patience).toBe(false);
  });
});
