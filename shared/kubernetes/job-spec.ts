import type { V1Job, V1PersistentVolumeClaim, V1Secret } from '@kubernetes/client-node';
import { maskFileOf, secretKeyOf, secretKeys } from '../attempt/secret.ts';
import { managedBy, runAnnotations } from './labels.ts';
import type { AttemptJob, AttemptSecret, Disk } from '../outside/cluster.ts';
import { annotationsOf, labelsOf, podTemplate } from './pod-template.ts';

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
export function jobFor(request: AttemptJob, namespace: string): V1Job {
  const { settings } = request;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: request.name,
      namespace,
      labels: labelsOf(request.run),
      annotations: {
        ...annotationsOf(request),
        ...(request.limits === undefined ? {} : { [runAnnotations.limits]: JSON.stringify(request.limits) }),
      },
    },
    spec: {
      ...jobBase,
      activeDeadlineSeconds: settings.deadlineSeconds,
      template: podTemplate(request),
    },
  };
}

/**
 * What an attempt may know that nobody else may. The Job owns it, so that it goes when the Job goes; the kubelet waits for
 * it, so it may be made after the Job.
 */
export function secretFor(options: AttemptSecret, namespace: string): V1Secret {
  const { job, token, secrets } = options;
  const mask = [...(token === '' ? [] : [token]), ...secrets.map(({ value }) => value)];
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: job.name,
      namespace,
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

/** The claim behind one volume's disk. */
export function claimFor(disk: Disk, namespace: string): V1PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: disk.name, namespace, labels: { [managedBy.label]: managedBy.value } },
    spec: {
      accessModes: [disk.accessMode],
      ...(disk.storageClass === null ? {} : { storageClassName: disk.storageClass }),
      resources: { requests: { storage: `${disk.sizeGiB}Gi` } },
    },
  };
}
