import { randomBytes } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll } from 'vitest';
import { type Kube, ensure, openKube, remove } from '../../local/cluster/client.ts';
import { environment } from '../../shared/config.ts';
import { attemptLabels } from '../../shared/kubernetes/labels.ts';

interface Victim {
  readonly program: string;
  readonly of: string;
}

/** What befalls Pods of a real cluster, done to them on purpose. */
export interface PodFaults {
  /** The Pod of an attempt; null if there is none (any more). */
  pod(run: { readonly id: string; readonly attempt: number }): Promise<V1Pod | null>;
  delete(pod: V1Pod, how: { readonly force: boolean }): Promise<void>;
  /** As a drain of its node does. */
  evict(pod: V1Pod): Promise<void>;
  /**
   * Lies in wait on the node for a process, to kill it as a fault of the node would: the first one whose command has
   * `program` and whose environment or cgroup has `of`. `done` comes when that has happened.
   */
  lieInWait(which: Victim): Promise<{ readonly done: Promise<void> }>;
  /** Kills all of them until it is stopped; the first one of each attempt lives for some seconds. */
  keepKilling(which: Victim & { readonly sparedSeconds: number }): Promise<() => Promise<void>>;
  /** An image that is on the node and holds one program, no shell. */
  imageWithoutShell(): Promise<string>;
  /** One with a shell. */
  readonly imageWithoutBazel: string;
}

/** Runs on the node, with its processes in sight. */
const killer = `
const fs = require('node:fs');
const { program, of, sparedSeconds } = JSON.parse(process.argv.at(-1));
const read = (file) => { try { return fs.readFileSync(file, 'utf8'); } catch { return ''; } };
require('node:os').setPriority(-20);
const killed = new Set();
const ageOf = (pid) => {
  const ticks = Number(read('/proc/' + pid + '/stat').split(') ')[1]?.split(' ')[19] ?? 0);
  return Number(read('/proc/uptime').split(' ')[0]) - ticks / 100;
};
setInterval(() => {
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name);
    if (!pid || pid === process.pid || !read('/proc/' + pid + '/cmdline').includes(program)) continue;
    // The kubelet gives a container that is started again its variables in another order.
    const told = [...read('/proc/' + pid + '/environ').split('\\0'), ...read('/proc/' + pid + '/cgroup').split('\\n')];
    const mark = told.find((one) => one.includes(of));
    if (mark === undefined || (sparedSeconds && !killed.has(mark) && ageOf(pid) < sparedSeconds)) continue;
    try { process.kill(pid, 'SIGKILL'); } catch { continue; }
    killed.add(mark);
    if (!sparedSeconds) process.exit(0);
  }
}, 40);
`;

/** @param namespace of the Jobs */
export function usePodFaults(namespace: () => string): PodFaults {
  const variables = environment();
  const runnerImage = variables['YB_RUNNER_IMAGE'] ?? '';
  const state: { kube?: Kube } = {};
  const api = (): Kube => (state.kube ??= openKube(variables['KUBECONFIG'] ?? ''));
  const own = `yb-faults-${randomBytes(4).toString('hex')}`;
  beforeAll(async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
    await ensure(api().core.createNamespace({ body: { metadata: { name: own, labels } } }));
  });
  afterAll(async () => {
    await remove(api().core.deleteNamespace({ name: own, gracePeriodSeconds: 0 }));
  });
  const phaseOf = async (name: string, wanted: readonly string[]): Promise<void> => {
    for (;;) {
      const { status } = await api().core.readNamespacedPod({ namespace: own, name });
      if (wanted.includes(status?.phase ?? '')) return;
      if (status?.phase === 'Failed') throw new Error(`${name} could not kill anybody`);
      await pause();
    }
  };
  const startKiller = async (which: Victim): Promise<string> => {
    const name = `kill-${randomBytes(4).toString('hex')}`;
    await api().core.createNamespacedPod({ namespace: own, body: killerPod({ name, image: runnerImage, which }) });
    await phaseOf(name, ['Running', 'Succeeded']);
    return name;
  };
  return {
    imageWithoutBazel: runnerImage,
    async pod({ id, attempt }) {
      const labelSelector = `${attemptLabels.run}=${id},${attemptLabels.attempt}=${attempt}`;
      const { items } = await api().core.listNamespacedPod({ namespace: namespace(), labelSelector });
      return items[0] ?? null;
    },
    async delete(pod, { force }) {
      const name = pod.metadata?.name ?? '';
      const grace = force ? { gracePeriodSeconds: 0 } : {};
      await api().core.deleteNamespacedPod({ namespace: namespace(), name, ...grace });
    },
    async evict(pod) {
      const name = pod.metadata?.name ?? '';
      const body = { metadata: { name, namespace: namespace() } };
      await api().core.createNamespacedPodEviction({ namespace: namespace(), name, body });
    },
    async lieInWait(which) {
      const name = await startKiller(which);
      return { done: phaseOf(name, ['Succeeded']) };
    },
    async keepKilling(which) {
      const name = await startKiller(which);
      return async () => {
        await remove(api().core.deleteNamespacedPod({ namespace: own, name, gracePeriodSeconds: 0 }));
      };
    },
    async imageWithoutShell() {
      const { items } = await api().core.listNode();
      const names = items.flatMap(({ status }) => status?.images ?? []).flatMap((image) => image.names ?? []);
      const pauseImage = names.find((name) => name.includes('pause') && !name.includes('@'));
      if (pauseImage === undefined) throw new Error('the node has no pause image');
      return pauseImage;
    },
  };
}

function killerPod({ name, image, which }: { name: string; image: string; which: Victim }): V1Pod {
  return {
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      hostPID: true,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'kill',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '--eval', killer, '--', JSON.stringify(which)],
          // Whoever asks for no processor gets the least of it, whatever its priority among its own.
          resources: { requests: { cpu: '300m' } },
          // To read what other people's processes were given, and to end them before they have done anything.
          securityContext: { runAsUser: 0, capabilities: { add: ['SYS_PTRACE', 'KILL', 'SYS_NICE'] } },
        },
      ],
    },
  };
}

async function pause(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 200);
  });
}
