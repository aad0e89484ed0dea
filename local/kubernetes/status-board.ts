import type { Clock } from '../../shared/outside/clock.ts';
import {
  type Condition,
  type Container,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodStatus,
  type TerminatedState,
  isSidecar,
  wireTime,
} from './objects.ts';
import type { Store } from './store.ts';

/** What the kubelet tells of a Pod while it runs it. Each call is seen by readers at once. */
export interface StatusBoard {
  setContainer(name: string, state: ContainerState): void;
  /** A sidecar that ended by itself and is to be started again. */
  setRestarting(name: string, last: TerminatedState): void;
  setCondition(type: string, value: boolean, why?: { readonly reason: string; readonly message: string }): void;
  setPhase(phase: PodStatus['phase']): void;
  /** From now on nothing is written any more. */
  close(): void;
}

export function createStatusBoard(options: {
  readonly store: Store;
  readonly pod: Pod;
  readonly clock: Clock;
}): StatusBoard {
  const { store, pod, clock } = options;
  const state = { closed: false };
  const change = (edit: (status: PodStatus) => PodStatus): void => {
    if (state.closed) return;
    store.pods.update(pod.metadata.name, (known) =>
      known.metadata.uid === pod.metadata.uid ? { ...known, status: edit(known.status) } : known,
    );
  };
  const editContainer = (name: string, edit: (status: ContainerStatus) => ContainerStatus): void => {
    const editOf = (statuses: ContainerStatus[] | undefined): ContainerStatus[] =>
      (statuses ?? []).map((status) => (status.name === name ? edit(status) : status));
    change((status) => ({
      ...status,
      initContainerStatuses: editOf(status.initContainerStatuses),
      containerStatuses: editOf(status.containerStatuses),
    }));
  };
  change((status) => ({
    ...status,
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    startTime: wireTime(clock.now()),
    initContainerStatuses: (pod.spec.initContainers ?? []).map(notStarted),
    containerStatuses: pod.spec.containers.map(notStarted),
  }));
  return {
    setContainer(name, containerState) {
      editContainer(name, (status) => ({ ...status, ...flagsOf(pod, name, containerState), state: containerState }));
    },
    setRestarting(name, last) {
      editContainer(name, (status) => ({
        ...status,
        ...flagsOf(pod, name, { terminated: last }),
        restartCount: status.restartCount + 1,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
        lastState: { terminated: last },
      }));
    },
    setCondition(type, value, why) {
      change((status) => ({ ...status, conditions: withCondition(status.conditions, { type, value, why, clock }) }));
    },
    setPhase(phase) {
      change((status) => ({ ...status, phase }));
    },
    close() {
      state.closed = true;
    },
  };
}

function notStarted({ name, image }: Container): ContainerStatus {
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    lastState: {},
    state: { waiting: { reason: 'PodInitializing' } },
  };
}

/** An init container is ready when it has done its work, any other while it runs. */
function flagsOf(
  pod: Pod,
  name: string,
  state: ContainerState,
): { readonly ready: boolean; readonly started: boolean } {
  const init = pod.spec.initContainers?.find((container) => container.name === name);
  const started = 'running' in state;
  if (init === undefined || isSidecar(init)) return { ready: started, started };
  return { ready: 'terminated' in state && state.terminated.exitCode === 0, started };
}

/** A list of conditions with one set; its time moves only when its value does. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  set: {
    readonly type: string;
    readonly value: boolean;
    readonly why: { readonly reason: string; readonly message: string } | undefined;
    readonly clock: Clock;
  },
): Condition[] {
  const others = (conditions ?? []).filter(({ type }) => type !== set.type);
  const before = conditions?.find(({ type }) => type === set.type);
  const status = set.value ? 'True' : 'False';
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : undefined;
  return [
    ...others,
    {
      type: set.type,
      status,
      lastProbeTime: null,
      lastTransitionTime: lastTransitionTime ?? wireTime(set.clock.now()),
      ...set.why,
    },
  ];
}
