import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admitJob } from '../../../local/kubernetes/admission.ts';
import { type JobStep, nextForJob, nextLookAt } from '../../../local/kubernetes/job-state.ts';
import { type Job, type Pod, jobFinished, podFinished, wireTime } from '../../../local/kubernetes/objects.ts';
import { scriptJob } from '../../support/local-cluster.ts';
import { noon } from '../../support/sample-run.ts';

function after(seconds: number): Date {
  return new Date(noon.getTime() + seconds * 1000);
}

function newJob(spec: object = {}): Job {
  return admitJob(scriptJob('sample', { main: { run: 'exit 0' } }, { spec }), { namespace: 'builds', now: noon });
}

function newPod(job: Job, phase: Pod['status']['phase'], more: { deleting?: boolean; disrupted?: boolean } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...job.metadata,
      name: 'sample-abcde',
      ...(more.deleting === true ? { deletionTimestamp: wireTime(noon) } : {}),
    },
    spec: job.spec.template.spec,
    status: {
      phase,
      ...(more.disrupted === true ? { conditions: [{ type: 'DisruptionTarget', status: 'True' }] } : {}),
    },
  };
}

function types(steps: readonly JobStep[]): readonly string[] {
  return steps.map((step) => (step.type === 'tell' ? `tell ${step.reason}` : step.type));
}

/** The Job with its steps' status. */
function applied(job: Job, steps: readonly JobStep[]): Job {
  const status = steps.find((step) => step.type === 'set-status');
  return status === undefined ? job : { ...job, status: status.status };
}

const started = (job: Job): Job => applied(job, nextForJob(job, null, noon));
const disruption = {
  podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
};
const exitCodes = (operator: string, values: number[]) => ({
  podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator, values } }] },
});

describe('what a Job asks for next', () => {
  it.each([
    ['is new', null, {}, ['create-pod', 'set-status']],
    ['has a Pod that waits', 'Pending', {}, []],
    ['has a Pod that runs', 'Running', {}, []],
    ['has a Pod that went well', 'Succeeded', {}, ['set-status', 'tell Completed']],
    ['has a Pod that went wrong', 'Failed', {}, ['set-status', 'tell BackoffLimitExceeded']],
    [
      'has a Pod that was deleted and is over',
      'Failed',
      { deleting: true },
      ['set-status', 'release-pod', 'tell BackoffLimitExceeded'],
    ],
    ['has a Pod that was deleted and runs still', 'Running', { deleting: true }, ['set-status']],
  ] as const)('when it %s', (_what, phase, more, expected) => {
    const fresh = newJob();
    const job = phase === null ? fresh : started(fresh);
    const pod = phase === null ? null : newPod(job, phase, more);

    expect(types(nextForJob(job, pod, after(5)))).toEqual(expected);
  });

  it('is never a second Pod: one that nobody knows about any more is a failure', () => {
    expect(types(nextForJob(started(newJob()), null, after(5)))).toEqual(['set-status', 'tell BackoffLimitExceeded']);
  });

  it.each([
    ['the platform took the Pod away', disruption, { disrupted: true }, 'PodFailurePolicy'],
    ['no rule fits', disruption, {}, 'BackoffLimitExceeded'],
    ['an exit code is listed', exitCodes('In', [3]), {}, 'PodFailurePolicy'],
    ['an exit code is not listed', exitCodes('In', [4]), {}, 'BackoffLimitExceeded'],
    ['an exit code is not among those listed', exitCodes('NotIn', [4]), {}, 'PodFailurePolicy'],
  ])('gives the reason where %s', (_what, spec, more, reason) => {
    const job = started(newJob(spec));
    const pod = newPod(job, 'Failed', more);
    const at = wireTime(noon);
    const terminated = { exitCode: 3, reason: 'Error', startedAt: at, finishedAt: at };
    const statuses = [{ name: 'build', restartCount: 0, state: { terminated } }];

    const steps = nextForJob(job, { ...pod, status: { ...pod.status, containerStatuses: statuses } }, after(5));

    expect(types(steps)).toContain(`tell ${reason}`);
  });

  it('is the end of the Pod when the deadline has passed, and then the failure', () => {
    const job = started(newJob({ activeDeadlineSeconds: 10 }));
    expect(nextLookAt(job)).toEqual(after(10));
    expect(nextForJob(job, newPod(job, 'Running'), after(9))).toEqual([]);

    const late = nextForJob(job, newPod(job, 'Running'), after(10));
    const ending = applied(job, late);

    expect(types(late)).toEqual(['set-status', 'delete-pod']);
    expect(jobFinished(ending)).toBe(false);
    expect(nextLookAt(ending)).toBeNull();
    expect(nextForJob(ending, newPod(job, 'Running', { deleting: true }), after(11))).toEqual([]);
    // How the Pod ends has no say any more.
    const over = nextForJob(ending, newPod(job, 'Succeeded', { deleting: true }), after(12));
    expect(types(over)).toEqual(['set-status', 'release-pod', 'tell DeadlineExceeded']);
  });

  it('is nothing after a deadline that came when the Pod was over already', () => {
    const job = started(newJob({ activeDeadlineSeconds: 10 }));

    expect(types(nextForJob(job, newPod(job, 'Succeeded'), after(11)))).toEqual(['set-status', 'tell Completed']);
  });

  it('is its removal when its time after the end is over', () => {
    const job = started(newJob({ ttlSecondsAfterFinished: 60 }));
    const pod = newPod(job, 'Succeeded');
    const over = applied(job, nextForJob(job, pod, after(5)));

    expect(nextLookAt(over)).toEqual(after(65));
    expect(nextForJob(over, pod, after(64))).toEqual([]);
    expect(types(nextForJob(over, pod, after(65)))).toEqual(['delete-job']);
    expect(nextLookAt(applied(newJob(), []))).toBeNull();
  });

  it('keeps what must hold, whatever happens in whatever order', () => {
    const happening = fc.constantFrom('wait', 'run', 'succeed', 'fail', 'delete', 'disrupt', 'late');
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const world = {
          job: newJob({ ...disruption, activeDeadlineSeconds: 100, ttlSecondsAfterFinished: 100_000 }),
          pod: null as Pod | null,
          seconds: 0,
          made: 0,
          told: 0,
        };
        for (const what of happenings) {
          world.seconds += what === 'late' ? 100 : 1;
          if (world.pod !== null && !podFinished(world.pod)) world.pod = moved(world.job, world.pod, what);
          // Until nothing is left to do: it must come to rest.
          for (let rounds = 0; ; rounds++) {
            expect(rounds).toBeLessThan(10);
            const steps = nextForJob(world.job, world.pod, after(world.seconds));
            if (steps.length === 0) break;
            expect(jobFinished(world.job) && steps.some(({ type }) => type === 'set-status')).toBe(false);
            world.job = applied(world.job, steps);
            for (const step of steps) {
              if (step.type === 'create-pod') {
                world.made += 1;
                world.pod = newPod(world.job, 'Pending');
              } else if (step.type === 'delete-pod' && world.pod !== null) {
                world.pod = moved(world.job, world.pod, 'delete');
              } else if (step.type === 'release-pod') world.pod = null;
              else if (step.type === 'tell') world.told += 1;
            }
          }
          expect(world.made).toBeLessThanOrEqual(1);
          expect(world.told).toBe(jobFinished(world.job) ? 1 : 0);
          // A Job is over only when nothing of it runs.
          if (jobFinished(world.job)) expect(world.pod === null || podFinished(world.pod)).toBe(true);
        }
      }),
    );
  });
});

function moved(job: Job, pod: Pod, what: string): Pod {
  const { conditions = [] } = pod.status;
  const inPhase = (phase: Pod['status']['phase']): Pod => ({ ...pod, status: { ...pod.status, phase } });
  switch (what) {
    case 'run':
      return inPhase('Running');
    case 'succeed':
      return inPhase('Succeeded');
    case 'fail':
      return inPhase('Failed');
    case 'delete':
      return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: wireTime(noon) } };
    case 'disrupt': {
      const disrupted = newPod(job, pod.status.phase, { disrupted: true });
      return { ...pod, status: { ...pod.status, conditions: [...conditions, ...(disrupted.status.conditions ?? [])] } };
    }
    default:
      return pod;
  }
}
