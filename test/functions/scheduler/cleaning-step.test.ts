import { describe, expect, it } from 'vitest';
import { type CleaningObservation, nextCleaningStep } from '../../../functions/scheduler/cleaning-step.ts';
import type { ContainerView, JobView, PodView } from '../../../shared/outside/cluster.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { sampleContainer, samplePod } from '../../support/sample-pod.ts';
import { noon, sampleVolume } from '../../support/sample-run.ts';

const later = new Date(noon.getTime() + 60_000);
const record = {
  reason: 'Bazel crashed',
  since: null,
  dueAt: noon,
  tries: 0,
  problem: null,
  job: null,
  replaces: null,
};
const job = { name: 'clean-42-0-3', uid: 'uid-1', createdAt: noon };
const aside = (changes: Partial<NonNullable<Volume['cleaning']>> = {}): Volume =>
  sampleVolume({ state: 'quarantined', cleaning: { ...record, ...changes } });
const cleaning = (changes: Partial<NonNullable<Volume['cleaning']>> = {}): Volume =>
  sampleVolume({ state: 'cleaning', cleaning: { ...record, job, ...changes } });

const nothing: CleaningObservation = { diskUid: null, job: null, pod: null, mountProblem: null };
const jobView = (changes: Partial<JobView> = {}): JobView => ({
  name: job.name,
  uid: job.uid,
  labels: {},
  endedAt: null,
  active: 1,
  terminal: null,
  reason: null,
  message: null,
  createdAt: noon,
  startTime: noon,
  activeDeadlineSeconds: 1800,
  limits: {},
  ...changes,
});
const container = (changes: Partial<ContainerView>): ContainerView =>
  sampleContainer({ state: 'terminated', ...changes });
const podView = ({ cleaning, ...changes }: Partial<PodView> & { cleaning?: ContainerView } = {}): PodView =>
  samplePod({ ...changes, containers: { courier: null, checkout: null, build: null, cleaning: cleaning ?? null } });

describe('the next step for a volume that was put aside', () => {
  const failed = jobView({ terminal: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached its limit' });
  const done = jobView({ terminal: 'Complete' });
  const words = '{"code":82,"message":"The volume\'s epoch cannot be read."}';
  it.each<[what: string, volume: Volume, seen: Partial<CleaningObservation>, step: object]>([
    ['nothing for one that is free', sampleVolume(), {}, { type: 'wait' }],
    ['nothing before it is due', aside({ dueAt: later }), {}, { type: 'wait' }],
    ['a cleaning', aside(), { diskUid: 'c1' }, { type: 'start', replaces: null }],
    ['another cleaning', aside({ tries: 1 }), { diskUid: 'c1' }, { type: 'start', replaces: null }],
    ['an empty disk after two that failed', aside({ tries: 2 }), { diskUid: 'c1' }, { type: 'start', replaces: 'c1' }],
    ['the same where there is no disk', aside({ tries: 2 }), {}, { type: 'start', replaces: null }],
    ['its Job', cleaning({ job: { ...job, uid: null } }), { diskUid: 'c1' }, { type: 'make-job', name: job.name }],
    [
      'the old claim to go first',
      cleaning({ job: { ...job, uid: null }, replaces: 'c1' }),
      { diskUid: 'c1' },
      { type: 'remove-disk', uid: 'c1' },
    ],
    [
      'its Job, as soon as it is gone',
      cleaning({ job: { ...job, uid: null }, replaces: 'c1' }),
      {},
      { type: 'make-job' },
    ],
    [
      'its Job, where there is another one by now',
      cleaning({ job: { ...job, uid: null }, replaces: 'c1' }),
      { diskUid: 'c2' },
      { type: 'make-job' },
    ],
    ['patience', cleaning(), { job: jobView(), pod: podView() }, { type: 'wait', problem: null }],
    [
      'patience, with what the scheduler of Pods says',
      cleaning(),
      { job: jobView(), pod: podView({ phase: 'Pending', scheduled: false, unschedulable: '0/3 nodes' }) },
      { type: 'wait', problem: '0/3 nodes' },
    ],
    [
      'patience, with what the kubelet says',
      cleaning(),
      { job: jobView(), pod: podView({ phase: 'Pending' }), mountProblem: 'no such disk' },
      { type: 'wait', problem: 'no such disk' },
    ],
    [
      'patience while the Pod of a Job that is over runs',
      cleaning(),
      { job: failed, pod: podView() },
      { type: 'wait' },
    ],
    ['patience while the Pod of a Job that is gone runs', cleaning(), { pod: podView() }, { type: 'wait' }],
    ['the end', cleaning(), { job: done, pod: podView({ phase: 'Succeeded' }) }, { type: 'cleaned' }],
    ['the end, where the Pod is gone', cleaning(), { job: done }, { type: 'cleaned' }],
    [
      "another try, with the program's own words",
      cleaning(),
      { job: failed, pod: podView({ phase: 'Failed', cleaning: container({ message: words, exitCode: 82 }) }) },
      { type: 'failed', problem: "The volume's epoch cannot be read." },
    ],
    [
      "another try, with the container's reason",
      cleaning(),
      { job: failed, pod: podView({ phase: 'Failed', cleaning: container({ reason: 'OOMKilled', message: '{"x' }) }) },
      { type: 'failed', problem: 'OOMKilled' },
    ],
    [
      'another try, with what held it up',
      cleaning({ problem: 'no such disk' }),
      { job: jobView({ terminal: 'Failed', reason: 'DeadlineExceeded' }) },
      { type: 'failed', problem: 'no such disk' },
    ],
    ['another try, with what the Job says', cleaning(), { job: failed }, { type: 'failed', problem: failed.message }],
    // Nobody can say what it did.
    ['another try where the Job is gone', cleaning(), {}, { type: 'failed', problem: 'its Job is gone' }],
  ])('is %s', (_, volume, seen, step) => {
    expect(nextCleaningStep(volume, { ...nothing, ...seen }, noon)).toMatchObject(step);
  });
});
