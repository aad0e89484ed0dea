import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import { type Ending, createEnding } from './ending.ts';
import type { Recorder } from './events.ts';
import { type ContainerLogs, type Image, launchOf } from './launch.ts';
import { makeVolumes, removeFolder, secretsOf } from './mounts.ts';
import { type Pod, type PodStatus, podFinished } from './objects.ts';
import { runContainers } from './pod-run.ts';
import { killTraces } from './reaper.ts';
import { isExclusive, isPlaced, unschedulableReason } from './scheduling.ts';
import { type StatusBoard, createStatusBoard, withCondition } from './status-board.ts';
import type { Store } from './store.ts';

export interface NodeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly images: Readonly<Record<string, Image>>;
  /** Of every container, behind its image's own. */
  readonly searchPath: string;
  /** Holds `pods/` and `volumes/`. */
  readonly stateDir: string;
}

/** The cluster's one node: it places Pods and runs them as processes. */
export interface Node {
  /** What a container of a Pod printed lately; null if there is none. */
  readonly log: (podUid: string, container: string) => string | null;
  /** Ends all Pods without a word about it: the next start finds them lost. */
  stop(): Promise<void>;
}

interface Running {
  readonly ending: Ending;
  readonly board: StatusBoard;
  readonly done: Promise<void>;
}

const nodeName = 'local';
/** Pods whose output is remembered. */
const keptLogs = 50;
const stopGraceSeconds = 2;

/** @returns the node, when what an earlier one may have left running is gone */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { store, clock, stateDir } = options;
  const traces = [join(stateDir, 'pods', '/'), join(stateDir, 'volumes', '/')];
  await killTraces(traces);
  loseRunningPods(store, clock);
  await removeFolder(join(stateDir, 'pods'));
  const running = new Map<string, Running>();
  const logs = new Map<string, ContainerLogs>();
  const state = { queued: false, stopped: false };
  const start = (pod: Pod): void => {
    const { uid } = pod.metadata;
    const own: ContainerLogs = new Map();
    logs.set(uid, own);
    for (const old of [...logs.keys()].slice(0, -keptLogs)) logs.delete(old);
    const started = startPod(options, pod, own);
    running.set(uid, started);
    void started.done.finally(() => running.delete(uid));
  };
  const look = (): void => {
    for (const pod of store.pods.list()) {
      if (podFinished(pod)) continue;
      const { uid, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
      if (!isPlaced(pod)) placeOrEnd(options, pod);
      else if (!running.has(uid)) start(pod);
      if (deletionTimestamp !== undefined) running.get(uid)?.ending.request(deletionGracePeriodSeconds ?? 0);
    }
  };
  const queue = (): void => {
    if (state.queued || state.stopped) return;
    state.queued = true;
    queueMicrotask(() => {
      state.queued = false;
      if (!state.stopped) look();
    });
  };
  const unsubscribe = store.subscribe(queue);
  queue();
  return {
    log: (podUid, container) => logs.get(podUid)?.get(container)?.text() ?? null,
    async stop() {
      state.stopped = true;
      unsubscribe();
      const pods = [...running.values()];
      for (const { board, ending } of pods) {
        board.close();
        ending.request(stopGraceSeconds);
      }
      await Promise.all(pods.map(async ({ done }) => await done));
      await killTraces(traces);
      await removeFolder(join(stateDir, 'pods'));
    },
  };
}

/** What Kubernetes makes of the Pods of a node that is no more. */
function loseRunningPods(store: Store, clock: Clock): void {
  for (const pod of store.pods.list()) {
    if (podFinished(pod) || !isPlaced(pod)) continue;
    const why = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };
    store.pods.update(pod.metadata.name, (known) => ({
      ...known,
      metadata: {
        ...known.metadata,
        deletionTimestamp: known.metadata.creationTimestamp,
        deletionGracePeriodSeconds: 0,
      },
      status: {
        ...known.status,
        phase: 'Failed',
        conditions: withCondition(known.status.conditions, { type: 'DisruptionTarget', value: true, why, clock }),
      },
    }));
  }
}

function placeOrEnd({ store, clock, recorder }: NodeOptions, pod: Pod): void {
  const { name } = pod.metadata;
  const setStatus = (edit: (status: PodStatus) => PodStatus, spec: Partial<Pod['spec']> = {}): void => {
    store.pods.update(name, (known) => ({ ...known, spec: { ...known.spec, ...spec }, status: edit(known.status) }));
  };
  if (pod.metadata.deletionTimestamp !== undefined) {
    setStatus((status) => ({ ...status, phase: 'Failed' }));
    return;
  }
  const message = unschedulableReason(pod, { pods: store.pods.list(), claim: (name) => store.claims.get(name) });
  const scheduled = (value: boolean, why?: { readonly reason: string; readonly message: string }) =>
    withCondition(pod.status.conditions, { type: 'PodScheduled', value, why, clock });
  if (message === null) {
    setStatus((status) => ({ ...status, conditions: scheduled(true) }), { nodeName });
    recorder.record(pod, { reason: 'Scheduled', message: `Successfully assigned ${name} to ${nodeName}` });
    return;
  }
  if (pod.status.conditions?.some((known) => known.type === 'PodScheduled' && known.message === message) === true)
    return;
  setStatus((status) => ({ ...status, conditions: scheduled(false, { reason: 'Unschedulable', message }) }));
  recorder.record(pod, { warning: true, reason: 'FailedScheduling', message });
}

function startPod(options: NodeOptions, pod: Pod, logs: ContainerLogs): Running {
  const running = { ending: createEnding(options.clock), board: createStatusBoard({ ...options, pod }) };
  return { ...running, done: runPod(options, { ...running, pod, logs }) };
}

async function runPod(
  options: NodeOptions,
  { pod, board, ending, logs }: Omit<Running, 'done'> & { readonly pod: Pod; readonly logs: ContainerLogs },
): Promise<void> {
  const { store, stateDir } = options;
  const folder = join(stateDir, 'pods', pod.metadata.uid);
  const folders = { pod: folder, claim: (name: string) => join(stateDir, 'volumes', name) };
  const outcome = { succeeded: false };
  const exclusive = exclusiveVolumes(store, pod);
  const traces = [`YB_POD_UID=${pod.metadata.uid}`];
  try {
    const secrets = await store.until(() => secretsOf(pod, (name) => store.secrets.get(name)), ending.asked);
    const volumes = await makeVolumes(pod, folders, secrets);
    traces.push(...[...exclusive].map((name) => join(volumes.get(name) ?? folder, '/')));
    board.setCondition('PodReadyToStartContainers', true);
    outcome.succeeded = await runContainers({
      pod,
      board,
      clock: options.clock,
      ending,
      launch: async (container) => await launchOf(container, { ...options, pod, folder, volumes, exclusive, logs }),
    });
  } catch (error) {
    if (!ending.asked.aborted) {
      options.recorder.record(pod, { warning: true, reason: 'FailedMount', message: String(error) });
    }
  } finally {
    await killTraces(traces);
    await removeFolder(folder).catch(() => undefined);
    // Last: with this the claim is free, and the Job may be over.
    board.setPhase(outcome.succeeded ? 'Succeeded' : 'Failed');
  }
}

function exclusiveVolumes(store: Store, pod: Pod): ReadonlySet<string> {
  return new Set(
    (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => {
      const claim = store.claims.get(persistentVolumeClaim?.claimName ?? '');
      return claim !== undefined && isExclusive(claim) ? [name] : [];
    }),
  );
}
