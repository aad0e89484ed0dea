import { liveName, signalName } from '../../shared/attempt/layout.ts';
import type { RunResult } from '../../shared/attempt/result.ts';
import type { Message } from '../../shared/messages/messages.ts';
import type { AttemptJob, CleaningJob, JobView } from '../../shared/outside/cluster.ts';
import { sampleResult } from '../support/sample-result.ts';
import type { World } from '../world/installation.ts';
import type { Draw } from './draw.ts';

/** What becomes of a Job, drawn when it is first seen. */
type Fate =
  | {
      readonly type: 'ends';
      readonly result: Partial<RunResult> | null;
      readonly terminal: 'Complete' | 'Failed';
      readonly exitCode: number;
    }
  /** Its Pod is taken away before it ends. */
  | { readonly type: 'evicted' }
  | { readonly type: 'vanishes' }
  /** Its deadline passes: its build is stopped before the Job says why. */
  | { readonly type: 'late' }
  /** Its node is lost: somebody deletes the Pod, and it does not end for a long time. */
  | { readonly type: 'stuck' }
  /** No node takes it. */
  | { readonly type: 'unschedulable' };

interface Life {
  readonly fate: Fate;
  stage: 'made' | 'podded' | 'running' | 'told' | 'deleted' | 'stuck' | 'over';
  next: number;
}

/** Nodes, kubelets and controllers: what happens to Jobs whether anybody looks or not, and who is told of it. */
export interface Machine {
  /** The earliest time at which something happens; null while there is nothing to do. */
  next(): number | null;
  /** Does one thing that is due. @returns what, for the trace; null if nothing was */
  act(now: number): string | null;
}

const second = 1000;
/** `ttlSecondsAfterFinished` of Jobs. */
const kept = 3600 * second;

export function createMachine(options: {
  readonly world: Pick<World, 'cluster' | 'objects' | 'clock'>;
  readonly draw: Draw;
  readonly calm: () => boolean;
  /** Tells the control plane, as the log sink and the bucket do. */
  readonly tell: (message: Message) => void;
}): Machine {
  const { world, draw, calm, tell } = options;
  const { cluster } = world;
  const lives = new Map<string, Life>();
  const now = (): number => world.clock.now().getTime();
  const soon = (most: number): number => now() + 1 + draw.below(most * second);

  const look = (): void => {
    for (const job of cluster.jobs.values()) {
      const life = lives.get(job.uid);
      if (life === undefined) lives.set(job.uid, { fate: fateOf(job), stage: 'made', next: soon(5) });
      else if (
        job.terminal === null &&
        job.activeDeadlineSeconds === 1 &&
        life.stage !== 'over' &&
        life.stage !== 'stuck'
      )
        life.next = Math.min(life.next, soon(20));
    }
  };
  const fateOf = (job: JobView): Fate => drawFate(draw, cluster.orders.get(job.name), calm());
  const told = (message: Message, chance: number): void => {
    if (calm() || draw.chance(chance)) tell(message);
  };
  /** What is said of a Job that is over; the last word may be lost, and the tick finds it. */
  const over = (life: Life, job: JobView, message: Message = { v: 1, type: 'job.finished', jobUid: job.uid }): void => {
    life.stage = 'over';
    life.next = now() + kept;
    told(message, 0.9);
  };

  const step = (life: Life, job: JobView, order: AttemptJob | CleaningJob): string => {
    if (life.stage === 'stuck') {
      cluster.end(job.name, { terminal: 'Failed', reason: 'PodFailurePolicy', build: { exitCode: 137 } });
      over(life, job);
      return 'has lost its Pod at last';
    }
    if (job.terminal === null && job.activeDeadlineSeconds === 1) {
      if (life.stage === 'made') cluster.lose(job.name);
      else cluster.end(job.name, { terminal: 'Failed', reason: 'DeadlineExceeded', build: { exitCode: 143 } });
      over(life, job);
      return 'reaches its deadline';
    }
    switch (life.stage) {
      case 'made':
        cluster.step();
        life.stage = 'podded';
        life.next = soon(20);
        if (life.fate.type === 'unschedulable') {
          cluster.stall(job.name, { scheduled: false, unschedulable: 'no node has room' });
          life.next = Number.POSITIVE_INFINITY;
        }
        return 'has its Pod';
      case 'podded':
        // The kubelet waits for the Secret and the claim.
        if ((order.kind === 'attempt' && !cluster.secrets.has(job.name)) || !cluster.disks.has(order.diskName)) {
          life.next = soon(10);
          return 'waits for its Secret or its claim';
        }
        life.stage = 'running';
        // Nobody deletes a Job whose making may still be under way.
        life.next = soon(60) + (life.fate.type === 'vanishes' ? 60 * second : 0);
        if (order.kind === 'attempt') {
          signal(order, 'started', '{}');
          const ref = { runId: order.run.id, attempt: order.run.attempt };
          world.objects.put(liveName(ref, 'chunk', 1), 'It begins.\n');
        }
        return 'runs';
      case 'running':
        return end(life, job, order);
      case 'deleted':
        cluster.late(job.name, { exitCode: 143 }).told();
        life.stage = 'told';
        life.next = soon(15);
        return 'says that its deadline has passed';
      case 'told':
        if (life.fate.type === 'late')
          cluster.end(job.name, { terminal: 'Failed', reason: 'DeadlineExceeded', build: { exitCode: 143 } });
        if (life.fate.type === 'ends') {
          const { terminal, exitCode } = life.fate;
          cluster.end(job.name, { terminal, build: { exitCode } });
        }
        over(life, job);
        return 'is over';
      case 'over':
        cluster.vanish(job.name);
        lives.delete(job.uid);
        return 'is cleared away';
    }
  };

  const end = (life: Life, job: JobView, order: AttemptJob | CleaningJob): string => {
    switch (life.fate.type) {
      case 'ends': {
        const { result } = life.fate;
        if (order.kind === 'attempt' && result !== null) {
          const { id: runId, attempt } = order.run;
          const at = world.clock.now();
          signal(order, 'result', JSON.stringify(sampleResult({ runId, attempt, epoch: order.epoch, at }, result)));
        }
        // The build has ended; its Pod and Job go on until the courier has.
        cluster.ends(job.name, { exitCode: life.fate.exitCode });
        life.stage = 'told';
        life.next = soon(15);
        return result === null ? 'has ended without a result' : 'has a result';
      }
      case 'late':
        if (order.kind === 'attempt') {
          const { id: runId, attempt } = order.run;
          const stopped = { exitCode: 8, events: { complete: true, exitCode: 8 } };
          const result = sampleResult({ runId, attempt, epoch: order.epoch, at: world.clock.now() }, stopped);
          signal(order, 'result', JSON.stringify(result));
        }
        cluster.late(job.name, { exitCode: 143 });
        life.stage = 'deleted';
        life.next = soon(5);
        return 'is stopped by its deadline';
      case 'evicted': {
        const podName = cluster.disrupt(job.name, { reason: 'EvictionByEvictionAPI', message: 'evicted' });
        told({ v: 1, type: 'pod.ending', podName }, 0.9);
        cluster.end(job.name, { terminal: 'Failed', reason: 'PodFailurePolicy', build: { exitCode: 143 } });
        over(life, job);
        return 'is evicted';
      }
      case 'stuck': {
        const podName = cluster.disrupt(job.name, { reason: 'DeletionByTaintManager', message: 'the node is lost' });
        told({ v: 1, type: 'pod.ending', podName }, 0.9);
        life.stage = 'stuck';
        life.next = now() + 15 * 60 * second + draw.below(3600 * second);
        return 'is on a node that is lost';
      }
      case 'vanishes':
        cluster.vanish(job.name);
        lives.delete(job.uid);
        return 'is deleted by somebody, with its Pod';
      case 'unschedulable':
        life.next = Number.POSITIVE_INFINITY;
        return 'waits for a node';
    }
  };

  const signal = (order: AttemptJob, name: 'started' | 'result', content: string): void => {
    const ref = { runId: order.run.id, attempt: order.run.attempt };
    world.objects.put(signalName(ref, name), content);
    told({ v: 1, type: 'signal', ...ref, signal: name }, 0.95);
  };

  const due = (): { readonly job: JobView; readonly life: Life; readonly order: AttemptJob | CleaningJob } | null => {
    look();
    const all = [...cluster.jobs.values()].flatMap((job) => {
      const life = lives.get(job.uid);
      const order = cluster.orders.get(job.name);
      return life === undefined || order === undefined ? [] : [{ job, life, order }];
    });
    return all.reduce<(typeof all)[number] | null>(
      (first, one) => (first === null || one.life.next < first.life.next ? one : first),
      null,
    );
  };

  return {
    next: () => {
      const first = due();
      return first === null || first.life.next === Number.POSITIVE_INFINITY ? null : first.life.next;
    },
    act(at) {
      const first = due();
      if (first === null || first.life.next > at) return null;
      return `${first.job.name} ${step(first.life, first.job, first.order)}`;
    },
  };
}

function drawFate(draw: Draw, order: AttemptJob | CleaningJob | undefined, calm: boolean): Fate {
  const passes: Fate = { type: 'ends', result: {}, terminal: 'Complete', exitCode: 0 };
  if (calm) return passes;
  const luck = draw.fraction();
  if (order?.kind === 'cleaning')
    return luck < 0.7 ? passes : { type: 'ends', result: null, terminal: 'Failed', exitCode: 1 };
  if (luck < 0.5) return passes;
  // As a build would write it that held a volume before.
  if (luck < 0.53) return { type: 'ends', terminal: 'Complete', exitCode: 0, result: { epoch: 99 } };
  if (luck < 0.65) return { type: 'ends', terminal: 'Failed', exitCode: 3, result: failedTests };
  if (luck < 0.7) return { type: 'ends', terminal: 'Failed', exitCode: 1, result: notBuilt };
  if (luck < 0.8) return { type: 'ends', terminal: 'Failed', exitCode: 137, result: null };
  // Told to end, its build says that all is well: the courier's record is not there.
  if (luck < 0.85) return { type: 'ends', terminal: 'Complete', exitCode: 0, result: null };
  if (luck < 0.89) return { type: 'evicted' };
  if (luck < 0.92) return { type: 'late' };
  if (luck < 0.95) return { type: 'stuck' };
  return luck < 0.98 ? { type: 'vanishes' } : { type: 'unschedulable' };
}

const counts = { targets: 4, tests: 4, flaky: 0, timedOut: 0, cached: 0, executed: 4, incomplete: 0 };
const failedTests: Partial<RunResult> = {
  exitCode: 3,
  events: { complete: true, exitCode: 3 },
  counts: { ...counts, passed: 3, failed: 1, failedToBuild: 0, notRun: 0 },
  failed: [{ label: '//a:a_test', status: 'FAILED' }],
};
const notBuilt: Partial<RunResult> = {
  exitCode: 1,
  events: { complete: true, exitCode: 1 },
  counts: { ...counts, passed: 0, failed: 0, failedToBuild: 1, notRun: 4 },
};
