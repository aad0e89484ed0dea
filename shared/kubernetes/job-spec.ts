import type { V1Job, V1PersistentVolumeClaim, V1Secret } from '@kubernetes/client-node';
import { type OpenSecret } from '../repository/secrets.ts';
import { maskFileOf, secretKeyOf, secretKeys } from '../attempt/secret.ts';
import { managedBy, runAnnotations } from './labels.ts';
import { type PodRequest, type PodSettings, annotationsOf, labelsOf, podTemplate } from './pod-template.ts';

/** What an installation decides about every Job. */
export interface JobSettings extends PodSettings {
  readonly namespace: string;
  /** From the Job's start, waiting for a node included. */
  readonly deadlineSeconds: number;
}

export interface JobRequest extends Omit<PodRequest, 'secretName'> {
  readonly name: string;
  /** Named where one of them was reached. */
  readonly limits?: JobLimits;
  readonly settings: JobSettings;
}

export interface JobLimits {
  readonly memoryBytes: number | null;
  readonly diskBytes: number | null;
  readonly logBytes: number | null;
}

/** The name of an attempt's Job: making it twice meets the same Job. */
export function jobName(run: { readonly id: string; readonly attempt: number }): string {
  return `run-${run.id}-${run.attempt}`;
}

/** What all Jobs have in common: one Pod, with whose loss the Job is over. */
export const jobBase = {
  backoffLimit: 0,
  completions: 1,
  parallelism: 1,
  // Fails the Job as a Pod's loss does anyway; the rule makes the reason tell of it.
  podFailurePolicy: {
    rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
  },
  podReplacementPolicy: 'Failed',
  // Long enough for the one-minute tick to read it many times if the event is lost.
  ttlSecondsAfterFinished: 3600,
};

/**
 * The Job of one attempt. It makes exactly one Pod, whose loss ends the Job: a retry is a new attempt with a Job of its
 * own, never a second Pod beside our count of attempts. It holds no secret: its text stands in the cluster's audit log.
 */
export function jobFor(request: JobRequest): V1Job {
  const { settings } = request;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: request.name,
      namespace: settings.namespace,
      labels: labelsOf(request.run),
      annotations: {
        ...annotationsOf(request),
        ...(request.limits === undefined ? {} : { [runAnnotations.limits]: JSON.stringify(request.limits) }),
      },
    },
    spec: {
      ...jobBase,
      activeDeadlineSeconds: settings.deadlineSeconds,
      template: podTemplate({ ...request, secretName: request.name }),
    },
  };
}

/**
 * What an attempt may know that nobody else may. The Job owns it, so that it goes when the Job goes; the kubelet waits for
 * it, so it may be made after the Job.
 */
export function secretFor(options: {
  readonly job: { readonly name: string; readonly uid: string };
  readonly namespace: string;
  /** With which checkout reads the repository; empty for a public one. */
  readonly token: string;
  /** The repository's own, for the build. */
  readonly secrets: readonly OpenSecret[];
  /** What the courier may upload, and where. */
  readonly upload: object;
}): V1Secret {
  const { job, token, secrets } = options;
  const mask = [...(token === '' ? [] : [token]), ...secrets.map(({ value }) => value)];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: job.name,
      namespace: options.namespace,
      labels: { [managedBy.label]: managedBy.value },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: job.name, uid: job.uid }],
    },
    type: 'Opaque',
    immutable: true,
    stringData: {
      [secretKeys.token]: token,
      [secretKeys.upload]: JSON.stringify(options.upload),
      [secretKeys.mask]: maskFileOf(mask),
      ...Object.fromEntries(secrets.map(({ name, value }) => [secretKeyOf(name), value])),
    },
  };
}

/**
 * `ReadWriteOncePod`: the cluster itself gives a volume to one Pod at a time, the lock under the lease. `ReadWriteOnce`, for
 * storage that knows no more, lets Pods of one node share it: the lease, its epoch and the lock file stand alone then.
 */
export type AccessMode = 'ReadWriteOncePod' | 'ReadWriteOnce';

/** The claim behind one volume. */
export function claimFor(options: {
  readonly name: string;
  readonly namespace: string;
  /** Null for the cluster's default. */
  readonly storageClass: string | null;
  /** `ReadWriteOncePod` if left out. */
  readonly accessMode?: AccessMode;
  readonly sizeGiB: number;
}): V1PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: options.name,
      namespace: options.namespace,
      labels: { [managedBy.label]: managedBy.value },
    },
    spec: {
      accessModes: [options.accessMode ?? 'ReadWriteOncePod'],
      ...(options.storageClass === null ? {} : { storageClassName: options.storageClass }),
      resources: { requests: { storage: `${options.sizeGiB}Gi` } },
    },
  };
}
