import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CoreV1Event } from '@kubernetes/client-node';
import * as z from 'zod';
import { YbError } from '../../shared/errors.ts';
import { parseJson, parseValue } from '../../shared/json.ts';
import { apiStatus } from '../../shared/kubernetes/errors.ts';
import { type Kube, ensure, openKube, readManifest, remove } from './client.ts';
import { startLogSink } from './log-sink.ts';
import { startVolumes } from './volumes.ts';

/** A cluster of the person's own, in which Jobs run in place of processes. */
export interface ClusterOptions {
  readonly kubeconfigFile: string;
  /** The address of this machine that Pods reach. */
  readonly jobHost: string;
  readonly runnerImage: string;
  readonly buildImage: string;
  /** A class that makes volumes by itself; without one, they are made on the disk of one node. */
  readonly storageClass?: string;
}

export interface RunningCluster {
  readonly namespace: string;
  readonly storageClass: string;
  stop(): Promise<void>;
}

const manifests = fileURLToPath(new URL('../../runner/kubernetes', import.meta.url));

/**
 * Prepares a real cluster for one local system: a namespace of its own with the policies that are deployed, volumes, and the
 * events of its Jobs. With `keep`, volumes and namespace are there at the next start from the same `stateDir`.
 * @throws YbError `bad-settings` if the cluster cannot be used
 */
export async function startCluster(options: {
  readonly cluster: ClusterOptions;
  readonly stateDir: string;
  readonly keep: boolean;
  readonly onEvent: (event: CoreV1Event) => Promise<void>;
  readonly tell: (problem: string) => void;
}): Promise<RunningCluster> {
  const { cluster } = options;
  const kube = openKube(cluster.kubeconfigFile);
  const node = await firstNode(kube);
  const namespace = await keptName(options.stateDir);
  const nodeNamespace = `${namespace}-node`;
  await makeNamespace(kube, namespace);
  await allowJobHost(kube, namespace, cluster.jobHost);
  const volumes =
    cluster.storageClass === undefined
      ? await (async () => {
          await ensure(kube.core.createNamespace({ body: { metadata: { name: nodeNamespace, labels: privileged } } }));
          await defaultAccount(kube, nodeNamespace);
          const { tell } = options;
          return await startVolumes({ kube, namespace, nodeNamespace, node, image: cluster.runnerImage, tell });
        })()
      : null;
  const sink = await startLogSink({ kube, namespace, onEvent: options.onEvent });
  return {
    namespace,
    storageClass: cluster.storageClass ?? namespace,
    async stop() {
      await Promise.all([sink.stop(), volumes?.stop()]);
      await endPods(kube, namespace);
      if (options.keep) return;
      // The claims first: a volume in use is not let go.
      await remove(kube.core.deleteNamespace({ name: namespace }));
      await volumes?.clear();
      await remove(kube.core.deleteNamespace({ name: nodeNamespace }));
      await Promise.all([namespace, nodeNamespace].map(async (name) => await gone(kube, name)));
    },
  };
}

const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged', 'app.kubernetes.io/managed-by': 'yb' };

async function firstNode(kube: Kube): Promise<string> {
  const nodes = await kube.core.listNode().catch((error: unknown) => {
    throw new YbError('bad-settings', `the cluster of KUBECONFIG cannot be used: ${String(error)}`, { cause: error });
  });
  const ready = nodes.items.find(
    ({ spec, status }) =>
      spec?.unschedulable !== true &&
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true,
  );
  const name = ready?.metadata?.labels?.['kubernetes.io/hostname'];
  if (name === undefined) throw new YbError('bad-settings', 'the cluster of KUBECONFIG has no node that is ready');
  return name;
}

/** Several local systems may use one cluster. */
async function keptName(stateDir: string): Promise<string> {
  const file = join(stateDir, 'cluster.json');
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known !== null) {
    return parseJson(z.object({ namespace: z.string() }), known, { what: file, code: 'bad-settings' }).namespace;
  }
  const namespace = `yb-builds-${randomBytes(4).toString('hex')}`;
  await writeFile(file, JSON.stringify({ namespace }));
  return namespace;
}

const Manifest = z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }) });

async function makeNamespace(kube: Kube, name: string): Promise<void> {
  const read = async (file: string) =>
    parseValue(Manifest, await readManifest(join(manifests, file)), { what: file, code: 'internal' });
  const namespace = await read('namespace.yaml');
  const policy = await read('network-policy.yaml');
  await ensure(kube.core.createNamespace({ body: { ...namespace, metadata: { ...namespace.metadata, name } } }));
  await defaultAccount(kube, name);
  const body = { ...policy, metadata: { ...policy.metadata, namespace: name } };
  await ensure(kube.networking.createNamespacedNetworkPolicy({ namespace: name, body }));
}

/** In the cloud code host and storage are public; here they are this machine, in a private range. */
async function allowJobHost(kube: Kube, namespace: string, jobHost: string): Promise<void> {
  const body = {
    metadata: { name: 'local-system' },
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: jobHost.includes(':') ? `${jobHost}/128` : `${jobHost}/32` } }] }],
    },
  };
  await ensure(kube.networking.createNamespacedNetworkPolicy({ namespace, body }));
}

/** The cluster makes it a moment after the namespace, and refuses Pods until then. */
async function defaultAccount(kube: Kube, namespace: string): Promise<void> {
  await until(async () => {
    await kube.core.readNamespacedServiceAccount({ namespace, name: 'default' });
  }, `the namespace ${namespace} has no service account`);
}

/** Their grace is for uploads, and nobody is left who takes them. */
async function endPods(kube: Kube, namespace: string): Promise<void> {
  await kube.batch.deleteCollectionNamespacedJob({ namespace, propagationPolicy: 'Background' });
  await kube.core.deleteCollectionNamespacedPod({ namespace, gracePeriodSeconds: 1 });
  await until(async () => {
    const { items } = await kube.core.listNamespacedPod({ namespace });
    if (items.length > 0) throw new YbError('internal', `${items.length} Pods are left`);
  }, `Pods of ${namespace} do not end`);
}

async function gone(kube: Kube, name: string): Promise<void> {
  await until(async () => {
    const there = await kube.core.readNamespace({ name }).then(
      () => true,
      (error: unknown) => {
        if (apiStatus(error) === 404) return false;
        throw error;
      },
    );
    if (there) throw new YbError('internal', `the namespace ${name} is still there`);
  }, `the namespace ${name} does not end`);
}

/** Tries again until it throws no more, for a minute. */
async function until(look: () => Promise<void>, otherwise: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await look();
      return;
    } catch (error) {
      if (tries >= 300) throw new YbError('internal', otherwise, { cause: error });
      await delay(200);
    }
  }
}
