import {
  type Condition,
  type FailurePolicyRule,
  type Job,
  type JobStatus,
  type Pod,
  conditionIs,
  jobFinished,
  podFinished,
  wireTime,
} from './objects.ts';

/** What the Job controller does next. */
export type JobStep =
  | { readonly type: 'set-status'; readonly status: JobStatus }
  | { readonly type: 'create-pod' }
  /** Asks for the Pod's end. */
  | { readonly type: 'delete-pod' }
  /** Lets go of a Pod that is over and was deleted: until it was counted, it stays. */
  | { readonly type: 'release-pod' }
  /** Told after the status has been written. */
  | { readonly type: 'tell'; readonly warning: boolean; readonly reason: string; readonly message: string }
  | { readonly type: 'delete-job' };

interface Failure {
  readonly reason: string;
  readonly message: string;
}

const backoffLimitExceeded: Failure = {
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};

/**
 * What follows from the state of a Job with one Pod and no second try, as Kubernetes' controller decides it
 * (https://kubernetes.io/docs/concepts/workloads/controllers/job/). A Job is over only when its Pod is.
 */
export function nextForJob(job: Job, pod: Pod | null, now: Date): readonly JobStep[] {
  if (jobFinished(job)) return afterTheEnd(job, pod, now);
  const failure = decidedFailure(job) ?? deadlineFailure(job, pod, now);
  if (failure !== null) return failing(job, pod, failure, now);
  if (pod === null) {
    // It had one, and nobody knows what became of it: a second one would be beside somebody's count of attempts.
    if (job.status.active === 1) return failed(job, null, backoffLimitExceeded, now);
    const status = {
      ...job.status,
      startTime: job.status.startTime ?? wireTime(now),
      active: 1,
      ready: 0,
      terminating: 0,
    };
    return [{ type: 'create-pod' }, { type: 'set-status', status }];
  }
  if (pod.status.phase === 'Succeeded') return succeeded(job, pod, now);
  if (pod.status.phase === 'Failed') return failed(job, pod, podFailure(job, pod), now);
  const deleting = pod.metadata.deletionTimestamp !== undefined;
  const status = {
    ...job.status,
    active: deleting ? 0 : 1,
    ready: conditionIs(pod.status.conditions, 'Ready') === undefined ? 0 : 1,
    terminating: deleting ? 1 : 0,
  };
  return changedStatus(job, status);
}

/** When a Job wants to be looked at again although nothing happened; null if never. */
export function nextLookAt(job: Job): Date | null {
  const { startTime } = job.status;
  const { activeDeadlineSeconds, ttlSecondsAfterFinished } = job.spec;
  if (!jobFinished(job)) {
    if (decidedFailure(job) !== null) return null;
    if (startTime === undefined || activeDeadlineSeconds === undefined) return null;
    return new Date(Date.parse(startTime) + activeDeadlineSeconds * 1000);
  }
  const finishedAt = finishTime(job);
  if (finishedAt === null || ttlSecondsAfterFinished === undefined) return null;
  return new Date(finishedAt + ttlSecondsAfterFinished * 1000);
}

function afterTheEnd(job: Job, pod: Pod | null, now: Date): readonly JobStep[] {
  const expiresAt = nextLookAt(job);
  if (expiresAt !== null && expiresAt <= now) return [{ type: 'delete-job' }];
  return releasable(pod);
}

function releasable(pod: Pod | null): readonly JobStep[] {
  const gone = pod !== null && podFinished(pod) && pod.metadata.deletionTimestamp !== undefined;
  return gone ? [{ type: 'release-pod' }] : [];
}

/** A failure that was decided before and waits for the Pod's end. */
function decidedFailure(job: Job): Failure | null {
  const target = conditionIs(job.status.conditions, 'FailureTarget');
  return target === undefined ? null : { reason: target.reason ?? '', message: target.message ?? '' };
}

function deadlineFailure(job: Job, pod: Pod | null, now: Date): Failure | null {
  const deadline = nextLookAt(job);
  if (deadline === null || deadline > now || (pod !== null && podFinished(pod))) return null;
  return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
}

function failing(job: Job, pod: Pod | null, failure: Failure, now: Date): readonly JobStep[] {
  if (pod === null || podFinished(pod)) return failed(job, pod, failure, now);
  const status = {
    ...job.status,
    active: 0,
    ready: 0,
    terminating: 1,
    conditions: withConditions(job, [{ type: 'FailureTarget', ...failure }], now),
  };
  return [
    ...changedStatus(job, status),
    ...(pod.metadata.deletionTimestamp === undefined ? [{ type: 'delete-pod' as const }] : []),
  ];
}

function failed(job: Job, pod: Pod | null, failure: Failure, now: Date): readonly JobStep[] {
  const status = {
    ...over(job),
    failed: 1,
    conditions: withConditions(
      job,
      [
        { type: 'FailureTarget', ...failure },
        { type: 'Failed', ...failure },
      ],
      now,
    ),
  };
  return [{ type: 'set-status', status }, ...releasable(pod), { type: 'tell', warning: true, ...failure }];
}

function succeeded(job: Job, pod: Pod, now: Date): readonly JobStep[] {
  const why = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  const status = {
    ...over(job),
    succeeded: 1,
    completionTime: wireTime(now),
    conditions: withConditions(
      job,
      [
        { type: 'SuccessCriteriaMet', ...why },
        { type: 'Complete', ...why },
      ],
      now,
    ),
  };
  return [
    { type: 'set-status', status },
    ...releasable(pod),
    { type: 'tell', warning: false, reason: 'Completed', message: 'Job completed' },
  ];
}

function over(job: Job): JobStatus {
  return { ...job.status, active: 0, ready: 0, terminating: 0 };
}

function podFailure(job: Job, pod: Pod): Failure {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const why = matchOf(rule, pod);
    if (why === null) continue;
    // Any other action would count the failure, or make a second Pod, which no Job here allows.
    if (rule.action !== 'FailJob') break;
    return { reason: 'PodFailurePolicy', message: `${why} matching FailJob rule at index ${index}` };
  }
  return backoffLimitExceeded;
}

function matchOf(rule: FailurePolicyRule, pod: Pod): string | null {
  const { namespace, name } = pod.metadata;
  const condition = rule.onPodConditions?.find(({ type, status = 'True' }) =>
    pod.status.conditions?.some((found) => found.type === type && found.status === status),
  );
  if (condition !== undefined) return `Pod ${namespace}/${name} has condition ${condition.type}`;
  const { onExitCodes } = rule;
  if (onExitCodes === undefined) return null;
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const status of statuses) {
    const { containerName = status.name, operator, values } = onExitCodes;
    const exitCode = 'terminated' in status.state ? status.state.terminated.exitCode : 0;
    if (status.name !== containerName || exitCode === 0 || values.includes(exitCode) !== (operator === 'In')) continue;
    return `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${exitCode}`;
  }
  return null;
}

function withConditions(
  job: Job,
  added: readonly { readonly type: string; readonly reason: string; readonly message: string }[],
  now: Date,
): Condition[] {
  const at = wireTime(now);
  const before = job.status.conditions ?? [];
  const fresh = added.filter(({ type }) => conditionIs(before, type) === undefined);
  return [
    ...before,
    ...fresh.map((condition): Condition => ({
      ...condition,
      status: 'True',
      lastProbeTime: at,
      lastTransitionTime: at,
    })),
  ];
}

function changedStatus(job: Job, status: JobStatus): readonly JobStep[] {
  return JSON.stringify(job.status) === JSON.stringify(status) ? [] : [{ type: 'set-status', status }];
}

function finishTime(job: Job): number | null {
  const { conditions } = job.status;
  const end = conditionIs(conditions, 'Complete') ?? conditionIs(conditions, 'Failed');
  return end?.lastTransitionTime === undefined ? null : Date.parse(end.lastTransitionTime);
}
