import type { ContainerView, PodView } from '../../shared/outside/cluster.ts';

/** A container that runs, but for what is said of it. */
export function sampleContainer(changes: Partial<ContainerView> = {}): ContainerView {
  return {
    state: 'running',
    reason: null,
    message: null,
    exitCode: null,
    signal: null,
    startedAt: null,
    finishedAt: null,
    restartCount: 0,
    ...changes,
  };
}

/** A Pod that runs and of whose containers nothing is known, but for what is said of it. */
export function samplePod(changes: Partial<PodView> = {}): PodView {
  return {
    name: 'pod',
    uid: 'uid',
    phase: 'Running',
    reason: null,
    message: null,
    scheduled: true,
    unschedulable: null,
    deleting: false,
    disruption: null,
    containers: { courier: null, checkout: null, build: null },
    ...changes,
  };
}
