import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { type ClusterOptions, startCluster } from './cluster/cluster.ts';
import { buildImage, namespace, runnerImage } from './environment.ts';
import { startKubernetes } from './kubernetes/kubernetes.ts';
import { startRelay } from './relay.ts';

/** Where Jobs run, and what the functions are told of it. */
export interface JobPlace {
  readonly kubeconfigFile: string;
  readonly namespace: string;
  /** Variables for the scheduler. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface JobPlaceOptions {
  readonly stateDir: string;
  readonly onEvent: (event: object) => Promise<void>;
}

/** Volumes are folders on a person's own disk, which may be rather full. */
const room = { YB_MIN_FREE_BYTES: String(256 * 1024 ** 2), YB_MIN_FREE_INODES: '10000' };
/** Nor is there gVisor on a person's own machine, or another customer. */
const kernel = { YB_RUNTIME_CLASS: 'none' };

/** Jobs as processes of this machine, as the user who starts them. */
export async function startProcesses(
  options: JobPlaceOptions & { readonly bazel: string; readonly runner: string },
): Promise<JobPlace> {
  const kubernetes = await startKubernetes({
    stateDir: join(options.stateDir, 'kubernetes'),
    namespace,
    images: {
      [runnerImage]: { mounts: { '/app': options.runner } },
      [buildImage]: { env: { YB_BAZEL: options.bazel } },
    },
    onEvent: options.onEvent,
  });
  const kubeconfigFile = join(options.stateDir, 'kubeconfig.yaml');
  await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
  return {
    kubeconfigFile,
    namespace,
    variables: {
      YB_RUNNER_IMAGE: runnerImage,
      YB_BUILD_IMAGE: buildImage,
      ...room,
      ...kernel,
      YB_JOB_CPU: String(availableParallelism()),
      YB_JOB_MEMORY: `${Math.floor(totalmem() / 2 / 1024 ** 2)}Mi`,
    },
    stop: async () => {
      await kubernetes.stop();
    },
  };
}

/** Jobs in Pods of a real cluster, which reach git and storage at another address of this machine. */
export async function startInCluster(
  options: JobPlaceOptions & {
    readonly cluster: ClusterOptions;
    readonly keep: boolean;
    readonly ports: { readonly github: number; readonly storage: number };
    readonly gitPath: string;
    readonly tell: (problem: string) => void;
  },
): Promise<JobPlace> {
  const { cluster, ports } = options;
  const host = cluster.jobHost;
  const relays = await Promise.all([
    startRelay({ host, port: ports.github }),
    startRelay({ host, port: ports.storage }),
  ]);
  const running = await startCluster(options).catch(async (error: unknown) => {
    for (const relay of relays) await relay.stop();
    throw error;
  });
  const address = (port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    kubeconfigFile: cluster.kubeconfigFile,
    namespace: running.namespace,
    variables: {
      YB_RUNNER_IMAGE: cluster.runnerImage,
      YB_BUILD_IMAGE: cluster.buildImage,
      YB_IMAGE_PULL_POLICY: 'IfNotPresent',
      ...room,
      ...kernel,
      YB_STORAGE_CLASS: running.storageClass,
      YB_JOB_GIT_URL: `${address(ports.github)}${options.gitPath}`,
      YB_JOB_STORAGE_ENDPOINT: address(ports.storage),
      // A person's own cluster is small.
      YB_JOB_CPU: '500m',
      YB_JOB_MEMORY: '2Gi',
      YB_JOB_SHM_BYTES: String(512 * 1024 ** 2),
    },
    async stop() {
      await running.stop();
      await Promise.all(
        relays.map(async (relay) => {
          await relay.stop();
        }),
      );
    },
  };
}
