import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopeless } from '../../../functions/watcher/waiting.ts';
import type { PodView } from '../../../shared/outside/cluster.ts';
import { containerReasonTable } from '../../../shared/run/verdict-table.ts';
import { sampleContainer, samplePod } from '../../support/sample-pod.ts';

const patience = { imageSeconds: 120, startSeconds: 900 };
const none = sampleContainer({ state: 'waiting', reason: 'PodInitializing' });
const running = sampleContainer();
const pending = samplePod({ phase: 'Pending', containers: { courier: none, checkout: none, build: none } });
const waits = (reason: string, message: string | null = null): PodView => ({
  ...pending,
  containers: { courier: running, checkout: { ...running, state: 'terminated' }, build: { ...none, reason, message } },
});
const look = (pod: PodView | null, waitedSeconds: number, mountProblem: string | null = null) =>
  hopeless({ pod, podProblem: null, waitedSeconds, mountProblem, patience });

describe('a Pod that does not run', () => {
  it.each([
    ['an image that does not come', waits('ImagePullBackOff', 'Back-off pulling'), 120, 'image-missing'],
    ['an image that the node may not pull', waits('ErrImageNeverPull'), 0, 'image-missing'],
    ['a name that is none', waits('InvalidImageName'), 0, 'image-invalid'],
    ['an image without a shell', waits('StartError'), 0, 'image-unusable'],
    ['a container that cannot be made', waits('CreateContainerError'), 900, 'not-started'],
    ['no node', { ...pending, scheduled: false, unschedulable: '0/1 nodes' }, 900, 'not-scheduled'],
    ['a node on which nothing happens', pending, 900, 'not-started'],
  ] satisfies [string, PodView, number, string][])('is given up in time: %s', (_, pod, seconds, code) => {
    expect(look(pod, seconds)).toMatchObject({ code });
    if (seconds > 0) expect(look(pod, seconds - 1)).toBeNull();
  });

  it('is given up if none is made for five minutes, and the cluster says why', () => {
    const lacking = (podProblem: string | null, waitedSeconds: number) =>
      hopeless({ pod: null, podProblem, waitedSeconds, mountProblem: null, patience });
    expect(lacking('exceeded quota', 299)).toBeNull();
    expect(lacking('exceeded quota', 300)).toEqual({ code: 'pod-refused', detail: 'exceeded quota' });
    expect(lacking(null, 100_000)).toBeNull();
  });

  it('says what the cluster said', () => {
    expect(look(waits('ErrImagePull', 'not found'), 120)?.detail).toBe('not found');
    expect(look({ ...pending, scheduled: false, unschedulable: '0/1 nodes' }, 900)?.detail).toBe('0/1 nodes');
    expect(look(pending, 900, 'no such disk')).toEqual({ code: 'volume-not-mounted', detail: 'no such disk' });
  });

  it('is never one that works, has ended or is ending, however long it takes', () => {
    const reasons = [...containerReasonTable.keys()];
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.constantFrom(...reasons),
        fc.constantFrom<PodView['phase']>('Succeeded', 'Failed'),
        (seconds, reason, phase) => {
          expect(look(null, seconds)).toBeNull();
          expect(look({ ...waits(reason), phase }, seconds)).toBeNull();
          expect(look({ ...waits(reason), deleting: true }, seconds)).toBeNull();
          const works = { courier: running, checkout: { ...running, state: 'terminated' as const }, build: running };
          expect(look({ ...pending, phase: 'Running', containers: works }, seconds)).toBeNull();
        },
      ),
    );
  });
});
