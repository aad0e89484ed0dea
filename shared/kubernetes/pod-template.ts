import type {
  V1Container,
  V1EnvVar,
  V1PodTemplateSpec,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Toleration,
} from '@kubernetes/client-node';
import { attemptLabels, managedBy, runAnnotations } from './labels.ts';
import { paths, podVolumes, volumes } from './pod-volumes.ts';
import { quantityOf } from './quantity.ts';

/** What Bazel is told by the installation and the repository's owner. */
export interface BazelSettings {
  readonly targets: readonly string[];
  readonly flags: readonly string[];
  readonly flakyAttempts: number;
  readonly diskCacheBytes: number;
}

/** What an installation decides about every Pod. */
export interface PodSettings {
  /** Holds the checkout and courier programs under /app. */
  readonly runnerImage: string;
  readonly buildImage: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** From SIGTERM to KILL: the time that the courier has for its uploads. */
  readonly graceSeconds: number;
  readonly resources: { readonly cpu: string; readonly memory: string; readonly ephemeralStorage?: string };
  /** Of /dev/shm; what is written there counts into the memory limit. */
  readonly shmBytes: number;
  readonly maxLogBytes: number;
  /** `gvisor` unless the installation has one customer; null for the node's own. */
  readonly runtimeClassName: string | null;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly V1Toleration[];
  /** Plain http and loopback: the local system alone. */
  readonly allowInsecure: boolean;
  readonly bazel: BazelSettings;
}

/** One attempt of a run. */
export interface PodRequest {
  /** Of the Secret that holds what the attempt may know. */
  readonly secretName: string;
  readonly run: {
    readonly id: string;
    readonly attempt: number;
    readonly repoId: string;
    readonly ref: string;
    readonly sha: string;
    readonly commitDate?: string;
  };
  readonly repository: { readonly fullName: string; readonly cloneUrl: string; readonly defaultBranch: string };
  /** Of the volume's lease. */
  readonly epoch: number;
  readonly claimName: string;
  /** Names of the repository's own secrets that the build is given. */
  readonly secrets?: readonly string[];
  readonly settings: PodSettings;
}

const uids = { runner: 1000, courier: 1001 } as const;
/** Shared by all containers, so that the courier can read what the others write. */
const group = 1000;

/** Of a Job and its Pod. */
export function labelsOf(run: {
  readonly id: string;
  readonly attempt: number;
  readonly repoId: string;
}): Record<string, string> {
  return {
    [managedBy.label]: managedBy.value,
    [attemptLabels.run]: run.id,
    [attemptLabels.attempt]: String(run.attempt),
    [attemptLabels.repo]: run.repoId,
  };
}

/** Of a Job and its Pod. */
export function annotationsOf({ run, repository }: Pick<PodRequest, 'run' | 'repository'>): Record<string, string> {
  return {
    [runAnnotations.repository]: repository.fullName,
    [runAnnotations.ref]: run.ref,
    [runAnnotations.sha]: run.sha,
  };
}

/**
 * The Pod of one attempt, under Pod Security *restricted*. Three containers that share little: the courier may upload and
 * sees the run's folder, checkout has the token and sees the whole volume, the build has neither and sees its own part.
 */
export function podTemplate(request: PodRequest): V1PodTemplateSpec {
  const { settings } = request;
  return {
    metadata: {
      labels: labelsOf(request.run),
      annotations: {
        ...annotationsOf(request),
        // A node is not taken away under a build in order to save one.
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: settings.graceSeconds,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(settings.serviceAccountName === undefined ? {} : { serviceAccountName: settings.serviceAccountName }),
      ...(settings.runtimeClassName === null ? {} : { runtimeClassName: settings.runtimeClassName }),
      ...(settings.nodeSelector === undefined ? {} : { nodeSelector: { ...settings.nodeSelector } }),
      ...(settings.tolerations === undefined ? {} : { tolerations: [...settings.tolerations] }),
      securityContext: {
        runAsNonRoot: true,
        fsGroup: group,
        // A volume has half a million files: their owners are not set again at each mount.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      // The courier first: it must see all that checkout says.
      initContainers: [courier(request), checkout(request)],
      containers: [build(request)],
      volumes: podVolumes({ ...settings, ...request, secrets: request.secrets ?? [] }),
    },
  };
}

function courier(request: PodRequest): V1Container {
  const { run, epoch, settings } = request;
  const { graceSeconds, maxLogBytes } = settings;
  return {
    ...container(settings, settings.runnerImage),
    name: 'courier',
    restartPolicy: 'Always',
    command: ['node', '/app/courier.mjs'],
    env: environment({
      YB_SPEC: JSON.stringify({ v: 1, runId: run.id, attempt: run.attempt, epoch, maxLogBytes, graceSeconds }),
      YB_RUN_DIR: paths.run,
      YB_SECRET_DIR: paths.secrets,
      YB_STATE_DIR: paths.courierState,
      TMPDIR: paths.courierState,
    }),
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '256Mi' } },
    securityContext: security({ uid: uids.courier, readOnlyRoot: true }),
    volumeMounts: [
      { name: volumes.run, mountPath: paths.run, readOnly: true },
      { name: volumes.courierSecret, mountPath: paths.secrets, readOnly: true },
      { name: volumes.courierState, mountPath: paths.courierState },
    ],
  };
}

function checkout(request: PodRequest): V1Container {
  const { settings } = request;
  return {
    ...container(settings, settings.runnerImage),
    name: 'checkout',
    command: ['node', '/app/checkout.mjs'],
    env: environment({
      YB_SPEC: JSON.stringify(checkoutSpec(request)),
      YB_VOLUME_DIR: paths.volume,
      YB_RUN_DIR: paths.run,
      YB_SECRET_DIR: paths.secrets,
      TMPDIR: paths.tmp,
    }),
    // Never at the same time as the build: what the Pod asks for does not grow by it.
    resources: resources(settings),
    securityContext: security({ uid: uids.runner, readOnlyRoot: true }),
    volumeMounts: [
      { name: volumes.volume, mountPath: paths.volume },
      { name: volumes.run, mountPath: paths.run },
      { name: volumes.checkoutSecret, mountPath: paths.secrets, readOnly: true },
      { name: volumes.checkoutTmp, mountPath: paths.tmp },
    ],
  };
}

function checkoutSpec({ run, repository, epoch, settings }: PodRequest): object {
  return {
    v: 1,
    runId: run.id,
    attempt: run.attempt,
    epoch,
    repository: { fullName: repository.fullName, cloneUrl: repository.cloneUrl },
    ref: run.ref,
    sha: run.sha,
    ...(run.commitDate === undefined ? {} : { commitDate: run.commitDate }),
    defaultBranch: repository.defaultBranch,
    allowInsecure: settings.allowInsecure,
    bazel: settings.bazel,
    machine: machineOf(settings.resources),
    maxLogBytes: settings.maxLogBytes,
  };
}

/**
 * What Bazel may plan with: it would look at the node, not at the Pod. The processors that are asked for are the least that
 * the Pod gets, and what others leave may be used, so that there are never less than two.
 */
function machineOf({ cpu, memory }: PodSettings['resources']): object {
  return {
    cpus: Math.max(2, Math.ceil(quantityOf(cpu) ?? 0)),
    memoryMiB: Math.max(1, Math.floor((quantityOf(memory) ?? 0) / 1024 ** 2)),
  };
}

function build({ settings, secrets = [] }: PodRequest): V1Container {
  return {
    ...container(settings, settings.buildImage),
    name: 'build',
    command: ['sh', `${paths.run}/bin/build.sh`],
    env: environment({
      YB_VOL_DIR: paths.build,
      YB_RUN_DIR: paths.run,
      YB_SHM_DIR: paths.shm,
      ...(secrets.length === 0 ? {} : { YB_SECRET_DIR: paths.secrets }),
    }),
    resources: resources(settings),
    // A customer's image may write where it likes: what it writes is thrown away with it.
    securityContext: security({ uid: uids.runner, readOnlyRoot: false }),
    volumeMounts: [
      { name: volumes.volume, mountPath: paths.build, subPath: 'build' },
      { name: volumes.run, mountPath: paths.run },
      { name: volumes.shm, mountPath: paths.shm },
      ...(secrets.length === 0 ? [] : [{ name: volumes.buildSecret, mountPath: paths.secrets, readOnly: true }]),
    ],
  };
}

function container(
  settings: PodSettings,
  image: string,
): Pick<V1Container, 'image' | 'imagePullPolicy' | 'terminationMessagePolicy'> {
  return {
    image,
    ...(settings.imagePullPolicy === undefined ? {} : { imagePullPolicy: settings.imagePullPolicy }),
    // Never a piece of the log in place of a message: a log may hold what nobody has masked yet.
    terminationMessagePolicy: 'File',
  };
}

function environment(values: Readonly<Record<string, string>>): V1EnvVar[] {
  return Object.entries({ ...values, YB_TERMINATION_FILE: paths.termination }).map(([name, value]) => ({
    name,
    value,
  }));
}

function security(options: { readonly uid: number; readonly readOnlyRoot: boolean }): V1SecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: options.uid,
    runAsGroup: options.uid,
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: options.readOnlyRoot,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function resources({ resources: { cpu, memory, ephemeralStorage } }: PodSettings): V1ResourceRequirements {
  const disk = ephemeralStorage === undefined ? {} : { 'ephemeral-storage': ephemeralStorage };
  // Memory and disk are promised in full; processor time left over by others may be used.
  return { requests: { cpu, memory, ...disk }, limits: { memory, ...disk } };
}
