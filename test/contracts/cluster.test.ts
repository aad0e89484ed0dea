import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKube, remove } from '../../local/cluster/client.ts';
import { type RunningCluster, startCluster } from '../../local/cluster/cluster.ts';
import { environment } from '../../shared/config.ts';
import { createCluster } from '../../shared/kubernetes/cluster.ts';
import type { Cluster } from '../../shared/outside/cluster.ts';
import { connected } from '../shared/kubernetes/cluster-rig.ts';
import { sampleRequest } from '../shared/kubernetes/sample-request.ts';
import { batch } from '../support/local-cluster.ts';
import { createMemoryCluster, type MemoryCluster } from '../world/cluster.ts';
import { clusterPromises, type ClusterUnderTest } from './cluster.contract.ts';
import { findsFaults, keepsPromises } from './promises.ts';

const images = { runnerImage: 'runner', buildImage: 'build', runtimeClassName: null };

function model(change: (cluster: MemoryCluster) => Partial<Cluster> = () => ({})): ClusterUnderTest {
  const memory = createMemoryCluster();
  return {
    cluster: { ...memory, ...change(memory) },
    patience: { timeout: 200, interval: 5 },
    stepwise: true,
    step: memory.step,
    remove: async (name) => {
      memory.vanish(name);
      await Promise.resolve();
    },
    settings: images,
    storageClass: null,
  };
}

keepsPromises('the model', clusterPromises, async () => await Promise.resolve(model()));

keepsPromises('the stand-in', clusterPromises, async () => {
  const { cluster, local } = await connected();
  return {
    cluster,
    stepwise: false,
    step: () => undefined,
    remove: async (name) => {
      await local.send('DELETE', `${batch}/jobs/${name}?propagationPolicy=Background`);
    },
    settings: images,
    storageClass: null,
    patience: { timeout: 30_000, interval: 50 },
  };
});

const { KUBECONFIG: kubeconfigFile, YB_JOB_HOST: jobHost } = environment();

describe.skipIf(kubeconfigFile === undefined || jobHost === undefined)('where a cluster is given', () => {
  const real: { running?: RunningCluster; folder: string } = { folder: '' };
  const images = {
    runnerImage: environment()['YB_RUNNER_IMAGE'] ?? 'yb-runner',
    buildImage: environment()['YB_BUILD_IMAGE'] ?? 'yb-build',
  };
  beforeAll(async () => {
    real.folder = await mkdtemp(join(tmpdir(), 'yb-test-contract-'));
    real.running = await startCluster({
      cluster: { kubeconfigFile: kubeconfigFile ?? '', jobHost: jobHost ?? '', ...images },
      stateDir: real.folder,
      keep: false,
      onEvent: async () => await Promise.resolve(),
      tell: () => undefined,
    });
  });
  afterAll(async () => {
    await real.running?.stop();
    await rm(real.folder, { recursive: true, force: true });
  });

  keepsPromises('a real one', clusterPromises, async () => {
    const kube = openKube(kubeconfigFile ?? '');
    const namespace = real.running?.namespace ?? '';
    return await Promise.resolve({
      cluster: createCluster({
        access: { kind: 'kubeconfig', file: kubeconfigFile ?? '' },
        namespace,
        timeoutMilliseconds: 30_000,
      }),
      stepwise: false,
      step: () => undefined,
      remove: async (name: string) => {
        await remove(kube.batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' }));
      },
      settings: { ...images, runtimeClassName: null },
      storageClass: real.running?.storageClass ?? null,
      patience: { timeout: 120_000, interval: 200 },
    });
  });

  it('forbids what is beyond a quota, and says so', { timeout: 120_000 }, async () => {
    const kube = openKube(kubeconfigFile ?? '');
    const namespace = `yb-quota-${randomBytes(4).toString('hex')}`;
    await kube.core.createNamespace({ body: { metadata: { name: namespace } } });
    const hard = async (limits: Record<string, string>): Promise<void> => {
      const body = { metadata: { name: 'builds' }, spec: { hard: limits } };
      await remove(kube.core.deleteNamespacedResourceQuota({ namespace, name: 'builds' }));
      await kube.core.createNamespacedResourceQuota({ namespace, body });
      await expect
        .poll(async () => (await kube.core.readNamespacedResourceQuota({ namespace, name: 'builds' })).status?.hard, {
          timeout: 60_000,
        })
        .toEqual(limits);
    };
    const access = { kind: 'kubeconfig', file: kubeconfigFile ?? '' } as const;
    const cluster = createCluster({ access, namespace, timeoutMilliseconds: 30_000 });
    const job = {
      ...sampleRequest,
      settings: { ...sampleRequest.settings, ...images, runtimeClassName: null, graceSeconds: 1 },
    };
    try {
      await hard({ 'count/jobs.batch': '0' });
      await expect(cluster.createJob(job)).rejects.toMatchObject({
        code: 'kubernetes-forbidden',
        message: expect.stringContaining('exceeded quota: builds') as string,
      });
      await hard({ pods: '0' });
      const { uid } = await cluster.createJob(job);
      await expect
        .poll(async () => await cluster.readPodProblem(uid), { timeout: 60_000, interval: 200 })
        .toContain('exceeded quota: builds');
      expect(await cluster.readPod(uid)).toBeNull();
    } finally {
      await remove(kube.core.deleteNamespace({ name: namespace, gracePeriodSeconds: 0 }));
    }
  });
});

findsFaults(clusterPromises, {
  'that gives a uid again': () =>
    model((memory) => ({
      createJob: async (job) => ({ ...(await memory.createJob(job)), uid: `uid-of-${job.name}` }),
    })),
  'that makes a Pod with its Job': () =>
    model((memory) => ({
      createJob: async (job) => {
        const made = await memory.createJob(job);
        memory.step();
        return made;
      },
    })),
  'that makes another Job of the same name': () =>
    model((memory) => ({ createJob: async (job) => ({ ...(await memory.createJob(job)), created: true }) })),
  'that deletes a disk whatever its uid': () =>
    model((memory) => ({
      deleteDisk: async (disk) => {
        await memory.deleteDisk({ ...disk, uid: memory.disks.get(disk.name)?.uid ?? '' });
      },
    })),
  'that does not expire a Job': () => model(() => ({ expireJob: async () => await Promise.resolve() })),
  'that takes every Pod for a run of ours': () =>
    model(() => ({ readRunOfPod: async () => await Promise.resolve('somebody') })),
  'that replaces a disk': () =>
    model((memory) => ({
      ensureDisk: async (disk) => {
        await memory.deleteDisk({ repoId: '7', name: disk.name, uid: memory.disks.get(disk.name)?.uid ?? '' });
        await memory.ensureDisk(disk);
      },
    })),
});
