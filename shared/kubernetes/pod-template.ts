import type { AttemptJob, JobSettings } from '../outside/cluster.ts';
import type { V1Container, V1PodTemplateSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type * as z from 'zod';
import type { BuildVariables, CheckoutVariables, CourierVariables } from '../attempt/environment.ts';
import type { CheckoutSpec, CourierSpec } from '../attempt/spec.ts';
import { attemptLabels, managedBy, runAnnotations } from './labels.ts';
import { container, environment, podBase, security, staysOnItsNode, uids } from './pod-parts.ts';
import { paths, podVolumes, volumes } from './pod-volumes.ts';
import { quantityOf } from '../quantity.ts';

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
export function annotationsOf({ run, repository }: Pick<AttemptJob, 'run' | 'repository'>): Record<string, string> {
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
export function podTemplate(request: AttemptJob): V1PodTemplateSpec {
  const { settings } = request;
  return {
    metadata: {
      labels: labelsOf(request.run),
      annotations: {
        ...annotationsOf(request),
        ...staysOnItsNode,
      },
    },
    spec: {
      ...podBase(settings, settings.graceSeconds),
      // The courier first: it must see all that checkout says.
      initContainers: [courier(request), checkout(request)],
      containers: [build(request)],
      volumes: podVolumes({ ...settings, ...request, secretName: request.name }),
    },
  };
}

function courier(request: AttemptJob): V1Container {
  const { run, epoch, settings } = request;
  const { graceSeconds, maxLogBytes } = settings;
  return {
    ...container(settings, settings.runnerImage),
    name: 'courier',
    restartPolicy: 'Always',
    command: ['node', '/app/courier.mjs'],
    env: environment<CourierVariables>({
      YB_SPEC: JSON.stringify({
        v: 1,
        runId: run.id,
        attempt: run.attempt,
        epoch,
        maxLogBytes,
        graceSeconds,
      } satisfies CourierSpec),
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

function checkout(request: AttemptJob): V1Container {
  const { settings } = request;
  return {
    ...container(settings, settings.runnerImage),
    name: 'checkout',
    command: ['node', '/app/checkout.mjs'],
    env: environment<CheckoutVariables>({
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

function checkoutSpec({ run, repository, epoch, settings }: AttemptJob): z.input<typeof CheckoutSpec> {
  return {
    v: 1,
    runId: run.id,
    attempt: run.attempt,
    epoch,
    repository: {
      fullName: repository.fullName,
      cloneUrl: repository.cloneUrl,
      ...(repository.submoduleUrls === undefined ? {} : { submoduleUrls: [...repository.submoduleUrls] }),
    },
    ref: run.ref,
    sha: run.sha,
    defaultBranch: repository.defaultBranch,
    allowInsecure: settings.allowInsecure,
    bazel: { ...settings.bazel, targets: [...settings.bazel.targets], flags: [...settings.bazel.flags] },
    machine: machineOf(settings.resources),
    ...(settings.room === undefined ? {} : { room: settings.room }),
    maxLogBytes: settings.maxLogBytes,
  };
}

/**
 * What Bazel may plan with: it would look at the node, not at the Pod. The processors that are asked for are the least that
 * the Pod gets, and what others leave may be used, so that there are never less than two.
 */
function machineOf({ cpu, memory }: JobSettings['resources']): CheckoutSpec['machine'] {
  return {
    cpus: Math.max(2, Math.ceil(quantityOf(cpu) ?? 0)),
    memoryMiB: Math.max(1, Math.floor((quantityOf(memory) ?? 0) / 1024 ** 2)),
  };
}

function build({ settings, secrets }: AttemptJob): V1Container {
  return {
    ...container(settings, settings.buildImage),
    // Where the policy is set, images are on the nodes and in no registry.
    ...(settings.pullsBuildImage === true && settings.imagePullPolicy === undefined
      ? { imagePullPolicy: 'Always' }
      : {}),
    name: 'build',
    command: ['sh', `${paths.run}/bin/build.sh`],
    env: environment<BuildVariables>({
      YB_BUILD_DIR: paths.build,
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

function resources({ resources: { cpu, memory, ephemeralStorage } }: JobSettings): V1ResourceRequirements {
  const disk = ephemeralStorage === undefined ? {} : { 'ephemeral-storage': ephemeralStorage };
  // Memory and disk are promised in full; processor time left over by others may be used.
  return { requests: { cpu, memory, ...disk }, limits: { memory, ...disk } };
}
