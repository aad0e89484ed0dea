import * as z from 'zod';

/**
 * The objects as they travel, with the fields that are read here; everything else in them is kept as it came.
 * Field names and meanings: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
 */
const Strings = z.record(z.string(), z.string());

export const OwnerReference = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
});

export const Metadata = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  creationTimestamp: z.string(),
  labels: Strings.optional(),
  annotations: Strings.optional(),
  ownerReferences: z.array(OwnerReference).optional(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: z.number().optional(),
});
export type Metadata = z.output<typeof Metadata>;

export const Condition = z.looseObject({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
});
export type Condition = z.output<typeof Condition>;

export const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).min(1),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  volumeMounts: z
    .array(z.looseObject({ name: z.string(), mountPath: z.string(), subPath: z.string().optional() }))
    .optional(),
  restartPolicy: z.literal('Always').optional(),
  terminationMessagePath: z.string().optional(),
});
export type Container = z.output<typeof Container>;

export const Volume = z.looseObject({
  name: z.string(),
  emptyDir: z.looseObject({}).optional(),
  persistentVolumeClaim: z.looseObject({ claimName: z.string() }).optional(),
  secret: z
    .looseObject({
      secretName: z.string(),
      items: z.array(z.looseObject({ key: z.string(), path: z.string() })).optional(),
      optional: z.boolean().optional(),
    })
    .optional(),
});
export type Volume = z.output<typeof Volume>;

export const PodSpec = z.looseObject({
  restartPolicy: z.literal('Never'),
  terminationGracePeriodSeconds: z.int().min(0).optional(),
  initContainers: z.array(Container).optional(),
  containers: z.array(Container).min(1),
  volumes: z.array(Volume).optional(),
  nodeName: z.string().optional(),
});
export type PodSpec = z.output<typeof PodSpec>;

const TerminatedState = z.looseObject({
  exitCode: z.int(),
  reason: z.string(),
  message: z.string().optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
});
export type TerminatedState = z.output<typeof TerminatedState>;

export const ContainerState = z.union([
  z.strictObject({ terminated: TerminatedState }),
  z.strictObject({ running: z.looseObject({ startedAt: z.string() }) }),
  z.strictObject({ waiting: z.looseObject({ reason: z.string(), message: z.string().optional() }) }),
]);
export type ContainerState = z.output<typeof ContainerState>;

export const ContainerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.int(),
  state: ContainerState,
});
export type ContainerStatus = z.output<typeof ContainerStatus>;

export const PodStatus = z.looseObject({
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed']),
  conditions: z.array(Condition).optional(),
  initContainerStatuses: z.array(ContainerStatus).optional(),
  containerStatuses: z.array(ContainerStatus).optional(),
});
export type PodStatus = z.output<typeof PodStatus>;

export const Pod = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Pod'),
  metadata: Metadata,
  spec: PodSpec,
  status: PodStatus,
});
export type Pod = z.output<typeof Pod>;

const FailurePolicyRule = z.looseObject({
  action: z.enum(['FailJob', 'Ignore', 'Count', 'FailIndex']),
  onPodConditions: z.array(z.looseObject({ type: z.string(), status: z.string().optional() })).optional(),
  onExitCodes: z
    .looseObject({
      containerName: z.string().optional(),
      operator: z.enum(['In', 'NotIn']),
      values: z.array(z.int()),
    })
    .optional(),
});
export type FailurePolicyRule = z.output<typeof FailurePolicyRule>;

export const JobSpec = z.looseObject({
  activeDeadlineSeconds: z.int().min(0).optional(),
  ttlSecondsAfterFinished: z.int().min(0).optional(),
  podFailurePolicy: z.looseObject({ rules: z.array(FailurePolicyRule) }).optional(),
  template: z.looseObject({
    metadata: z.looseObject({ labels: Strings.optional(), annotations: Strings.optional() }).optional(),
    spec: PodSpec,
  }),
});

export const JobStatus = z.looseObject({
  startTime: z.string().optional(),
  completionTime: z.string().optional(),
  active: z.int().optional(),
  ready: z.int().optional(),
  terminating: z.int().optional(),
  succeeded: z.int().optional(),
  failed: z.int().optional(),
  conditions: z.array(Condition).optional(),
});
export type JobStatus = z.output<typeof JobStatus>;

export const Job = z.looseObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata: Metadata,
  spec: JobSpec,
  status: JobStatus,
});
export type Job = z.output<typeof Job>;

export const Secret = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: Metadata,
  type: z.string(),
  immutable: z.boolean().optional(),
  /** Values in base64. */
  data: Strings,
});
export type Secret = z.output<typeof Secret>;

export const Claim = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata: Metadata,
  spec: z.looseObject({
    accessModes: z.array(z.string()).min(1),
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string() }) }),
  }),
  status: z.looseObject({ phase: z.enum(['Pending', 'Bound']) }),
});
export type Claim = z.output<typeof Claim>;

export const Event = z.looseObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Event'),
  metadata: Metadata,
  involvedObject: z.looseObject({ kind: z.string(), name: z.string(), uid: z.string() }),
  reason: z.string(),
  message: z.string(),
  type: z.enum(['Normal', 'Warning']),
});
/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/, in its older core form */
export type Event = z.output<typeof Event>;

/** Times in objects have no fractions of a second. */
export function wireTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function conditionIs(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Whether a Job is over for good. */
export function jobFinished(job: Job): boolean {
  const { conditions } = job.status;
  return conditionIs(conditions, 'Complete') !== undefined || conditionIs(conditions, 'Failed') !== undefined;
}

/** Whether a Pod is over for good: none of its containers runs or will run. */
export function podFinished(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** The init container that stays beside the main ones (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/). */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}
