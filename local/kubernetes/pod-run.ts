import type { Clock } from '../../shared/outside/clock.ts';
import { type Launch, type RunningContainer, startContainer } from './container.ts';
import { type Ending, aborted, createEnding } from './ending.ts';
import { type Container, type Pod, type TerminatedState, isSidecar } from './objects.ts';
import type { StatusBoard } from './status-board.ts';

export interface PodRunOptions {
  readonly pod: Pod;
  readonly board: StatusBoard;
  readonly clock: Clock;
  /** Aborted when the Pod's end is asked for. */
  readonly ending: Ending;
  /** How a container becomes a process; null as long as its image is not there. */
  readonly launch: (container: Container) => Promise<Launch | null>;
}

/** A kubelet gives a sidecar this much, however late it hears of the end. */
const leastGraceSeconds = 2;
/** The pause before a sidecar's second restart; it doubles. The first restart is at once. */
const firstBackOffMilliseconds = 10_000;
const lastBackOffMilliseconds = 300_000;

interface Sidecar {
  /** Resolves when it runs for the first time. */
  readonly started: Promise<void>;
  readonly ended: Promise<void>;
  readonly ending: Ending;
}

/**
 * Runs a Pod's containers in a kubelet's order: init containers one after the other, a sidecar beside those that follow it,
 * the main ones together; when these have ended, or their end was asked for, the sidecars, the last one first.
 * @returns whether every main container ended with 0, when nothing of the Pod runs any more
 */
export async function runContainers(options: PodRunOptions): Promise<boolean> {
  const sidecars: Sidecar[] = [];
  const succeeded = await runToTheMainEnd(options, sidecars);
  for (const sidecar of sidecars.toReversed()) await endSidecar(options, sidecar);
  return succeeded;
}

async function runToTheMainEnd(options: PodRunOptions, sidecars: Sidecar[]): Promise<boolean> {
  const { board, ending, pod } = options;
  for (const container of pod.spec.initContainers ?? []) {
    if (ending.asked.aborted) return false;
    if (isSidecar(container)) {
      const sidecar = startSidecar(options, container);
      sidecars.push(sidecar);
      await sidecar.started;
    } else {
      const end = await runToEnd(options, container, ending);
      if (end?.exitCode !== 0) return false;
    }
  }
  if (ending.asked.aborted) return false;
  board.setCondition('Initialized', true);
  const running = pod.spec.containers.map(async (container) => await runToEnd(options, container, ending));
  const ends = await Promise.all(running);
  board.setCondition('Ready', false, { reason: 'PodCompleted', message: '' });
  board.setCondition('ContainersReady', false, { reason: 'PodCompleted', message: '' });
  return ends.every((end) => end?.exitCode === 0);
}

/** Starts a container and sees it through. @returns its end; null if it never started */
async function runToEnd(options: PodRunOptions, container: Container, ending: Ending): Promise<TerminatedState | null> {
  const running = await startWhenThere(options, container, ending);
  if (running === null) return null;
  const end = await seeThrough(running, ending);
  options.board.setContainer(container.name, { terminated: end });
  return end;
}

async function startWhenThere(
  { pod, board, clock, launch }: PodRunOptions,
  container: Container,
  ending: Ending,
): Promise<RunningContainer | null> {
  const plan = await launch(container);
  if (plan === null) {
    const message = `Back-off pulling image "${container.image}"`;
    board.setContainer(container.name, { waiting: { reason: 'ImagePullBackOff', message } });
    await aborted(ending.asked);
    return null;
  }
  const running = await startContainer(plan, clock);
  board.setContainer(container.name, { running: { startedAt: running.startedAt } });
  if (pod.spec.containers.includes(container)) {
    board.setPhase('Running');
    board.setCondition('ContainersReady', true);
    board.setCondition('Ready', true);
  }
  return running;
}

/** Waits for a container's end, and makes it end if that is asked for. */
async function seeThrough(running: RunningContainer, ending: Ending): Promise<TerminatedState> {
  const over = new AbortController();
  const enforced = (async () => {
    await aborted(AbortSignal.any([ending.asked, over.signal]));
    if (over.signal.aborted) return;
    running.terminate();
    await ending.graceOver(over.signal);
    if (!over.signal.aborted) running.kill();
  })();
  const end = await running.ended;
  over.abort();
  await enforced;
  return end;
}

/** Runs a sidecar until its end is asked for; one that ends by itself before is started again. */
function startSidecar(options: PodRunOptions, container: Container): Sidecar {
  const { board, clock } = options;
  const ending = createEnding(clock);
  const first = Promise.withResolvers<undefined>();
  const keepRunning = async (): Promise<void> => {
    for (let starts = 0; ; starts++) {
      const backOff = Math.min(firstBackOffMilliseconds * 2 ** (starts - 2), lastBackOffMilliseconds);
      const pause = starts < 2 ? 0 : backOff;
      await clock.sleep(pause, ending.asked).catch(() => undefined);
      if (ending.asked.aborted) return;
      const running = await startWhenThere(options, container, ending);
      first.resolve(undefined);
      if (running === null) return;
      const end = await seeThrough(running, ending);
      if (ending.asked.aborted) {
        board.setContainer(container.name, { terminated: end });
        return;
      }
      board.setRestarting(container.name, end);
    }
  };
  // While the image is not there the Pod goes no further, but its end must be able to come.
  const started = Promise.race([first.promise, aborted(options.ending.asked)]);
  return { started, ended: keepRunning(), ending };
}

async function endSidecar(options: PodRunOptions, sidecar: Sidecar): Promise<void> {
  const { pod, ending } = options;
  const own = pod.spec.terminationGracePeriodSeconds ?? 30;
  const over = new AbortController();
  const hurried = (async () => {
    // Somebody may ask for the Pod's end, or for a quicker one, while the sidecar takes its time.
    await aborted(AbortSignal.any([ending.asked, over.signal]));
    if (over.signal.aborted) return;
    await ending.graceOver(over.signal);
    if (!over.signal.aborted) sidecar.ending.request(leastGraceSeconds);
  })();
  sidecar.ending.request(ending.asked.aborted ? Math.max(ending.graceLeft(), leastGraceSeconds) : own);
  await sidecar.ended;
  over.abort();
  await hurried;
}
