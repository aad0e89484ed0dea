import { describe, expect, it } from 'vitest';
import type { JobView, PodView } from '../../../shared/outside/cluster.ts';
import { isGone, readWriter } from '../../../shared/volume/writer.ts';
import { samplePod } from '../../support/sample-pod.ts';

const job: JobView = {
  name: 'run-1',
  uid: 'job-1',
  labels: {},
  active: 1,
  terminal: null,
  reason: null,
  message: null,
  createdAt: null,
  endedAt: null,
  startTime: null,
  activeDeadlineSeconds: null,
  limits: {},
};
const over: JobView = { ...job, terminal: 'Failed' };
const ended = samplePod({ phase: 'Failed' });
const working = samplePod();

describe('a writer', () => {
  it.each<[string, JobView | null, PodView | null, boolean]>([
    ['whose Job and Pod are there', job, working, false],
    ['whose Pod has ended, of a Job that is not over', job, ended, false],
    ['whose Job has no Pod yet', job, null, false],
    ['whose Job is over, and whose Pod still runs', over, working, false],
    ['whose Job is gone, and whose Pod still runs', null, working, false],
    ['whose Pod nobody can ask', null, samplePod({ phase: 'Unknown' }), false],
    ['whose Job is over and whose Pod has ended', over, ended, true],
    ['whose Job is over, without a Pod', over, null, true],
    ['of whom nothing is left', null, null, true],
  ])('%s: gone is %4$s', (_, ofJob, pod, gone) => {
    expect(isGone({ job: ofJob, pod })).toBe(gone);
  });

  it('is its Job by uid, not another of the same name', async () => {
    const cluster = {
      readJob: async () => await Promise.resolve(job),
      readPod: async (uid: string) => await Promise.resolve(uid === 'job-1' ? working : null),
    };
    expect(await readWriter(cluster, { name: 'run-1', uid: 'job-1' })).toEqual({ job, pod: working });
    expect(await readWriter(cluster, { name: 'run-1', uid: 'job-0' })).toEqual({ job: null, pod: null });
  });
});
