import { setTimeout as delay } from 'node:timers/promises';
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { YbError } from '../../shared/errors.ts';
import { type Kube, ensure, follow, remove } from './client.ts';

/** Below it each claim has its folder, on the node's own disk. */
const nodeFolder = '/var/lib/yb/volumes';

export interface VolumesOptions {
  readonly kube: Kube;
  /** Of the claims, and name of their storage class. */
  readonly namespace: string;
  /** Where Pods may touch the node's disk. */
  readonly nodeNamespace: string;
  readonly node: string;
  /** Any image with Node. */
  readonly image: string;
  readonly tell: (problem: string) => void;
}

export interface Volumes {
  /** Ends the making of volumes; those that are there stay. */
  stop(): Promise<void>;
  /** Takes away all volumes and what is on them. */
  clear(): Promise<void>;
}

/**
 * Gives each claim of the namespace a volume on the disk of one node: a folder and a PersistentVolume of type `local`, which
 * the cluster gives to one Pod at a time where the claim asks for that.
 */
export async function startVolumes(options: VolumesOptions): Promise<Volumes> {
  const { kube, namespace } = options;
  await ensure(
    kube.storage.createStorageClass({
      body: {
        metadata: { name: namespace },
        provisioner: 'kubernetes.io/no-provisioner',
        volumeBindingMode: 'WaitForFirstConsumer',
        reclaimPolicy: 'Retain',
      },
    }),
  );
  const making = new Map<string, Promise<void>>();
  const stop = await follow<V1PersistentVolumeClaim>({
    kube,
    path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
    list: async () => await kube.core.listNamespacedPersistentVolumeClaim({ namespace }),
    tell: (claim) => {
      const { name = '', uid = '' } = claim.metadata ?? {};
      if (claim.spec?.storageClassName !== namespace || claim.spec.volumeName !== undefined || making.has(uid)) return;
      const made = makeVolume(options, claim).catch((error: unknown) => {
        options.tell(`the volume ${name} could not be made: ${String(error)}`);
        making.delete(uid);
      });
      making.set(uid, made);
    },
  });
  return {
    async stop() {
      await stop();
      await Promise.allSettled(making.values());
    },
    async clear() {
      const volumes = await kube.core.listPersistentVolume({ labelSelector: `yb/namespace=${namespace}` });
      for (const { metadata } of volumes.items) {
        await remove(kube.core.deletePersistentVolume({ name: metadata?.name ?? '' }));
      }
      await remove(kube.storage.deleteStorageClass({ name: namespace }));
      if (volumes.items.length > 0) {
        await onNode(options, 'clear', `fs.rmSync('/node/${namespace}', { recursive: true, force: true })`);
      }
    },
  };
}

async function makeVolume(options: VolumesOptions, claim: V1PersistentVolumeClaim): Promise<void> {
  const { kube, namespace, node } = options;
  const { name = '', uid = '' } = claim.metadata ?? {};
  // A claim of this name may have been there before: its disk is not this one's.
  const folder = `${name}-${uid.slice(0, 8)}`;
  await onNode(options, folder, `fs.mkdirSync('/node/${namespace}/${folder}', { recursive: true })`);
  const volume: V1PersistentVolume = {
    metadata: { name: `${namespace}-${folder}`, labels: { 'yb/namespace': namespace } },
    spec: {
      storageClassName: namespace,
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '1Gi' },
      accessModes: claim.spec?.accessModes ?? ['ReadWriteOncePod'],
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace, name, kind: 'PersistentVolumeClaim', apiVersion: 'v1' },
      local: { path: `${nodeFolder}/${namespace}/${folder}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    },
  };
  await ensure(kube.core.createPersistentVolume({ body: volume }));
}

/** Runs a line of JavaScript on the node, as its root, with the volumes' folder at `/node`. */
async function onNode(options: VolumesOptions, name: string, script: string): Promise<void> {
  const { kube, nodeNamespace: namespace } = options;
  const pod: V1Pod = {
    metadata: { name, namespace },
    spec: {
      restartPolicy: 'Never',
      nodeName: options.node,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'node',
          image: options.image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '--eval', script],
          securityContext: { runAsUser: 0 },
          volumeMounts: [{ name: 'node', mountPath: '/node' }],
        },
      ],
      volumes: [{ name: 'node', hostPath: { path: nodeFolder, type: 'DirectoryOrCreate' } }],
    },
  };
  await ensure(kube.core.createNamespacedPod({ namespace, body: pod }));
  // A big folder takes its time to go.
  for (let waited = 0; waited < 300_000; waited += 200) {
    const { status } = await kube.core.readNamespacedPod({ namespace, name });
    if (status?.phase === 'Succeeded') {
      await remove(kube.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 }));
      return;
    }
    if (status?.phase === 'Failed') throw new YbError('internal', `the Pod ${namespace}/${name} failed`);
    await delay(200);
  }
  throw new YbError(
    'internal',
    `the Pod ${namespace}/${name} does not end; is the image ${options.image} on its node?`,
  );
}
