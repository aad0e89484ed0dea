import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import type { Cluster } from '../../shared/outside/cluster.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { sampleRunId } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const minute = 60_000;
const words = 'create Job: the cluster forbids it (403): exceeded quota: builds';

/** A cluster that forbids calls for as long as they are named. */
async function setUp() {
  const barred = new Set<keyof Cluster>();
  const plane = createControlPlane({
    documents: createMemoryDocuments(),
    change: ({ cluster }) => {
      const unlessBarred = async <Result>(call: keyof Cluster, act: () => Promise<Result>): Promise<Result> =>
        barred.has(call) ? await Promise.reject(new YbError('kubernetes-forbidden', words)) : await act();
      return {
        cluster: {
          ...cluster,
          createJob: async (job) => await unlessBarred('createJob', async () => await cluster.createJob(job)),
          readJob: async (name) => await unlessBarred('readJob', async () => await cluster.readJob(name)),
        },
      };
    },
  });
  await plane.register('42', 1);
  /** Each minute, and of what fails another delivery, as Pub/Sub makes it. */
  const tick = async (minutes: number): Promise<void> => {
    for (let count = 0; count < minutes; count += 1) {
      plane.clock.advance(minute);
      await plane.handle({ v: 1, type: 'tick' });
      while (plane.publisher.waiting.length > 0) await plane.drain().catch(() => undefined);
    }
  };
  const begin = async (): Promise<void> => {
    await plane.push(1).catch(() => undefined);
  };
  return { ...plane, barred, tick, begin, first: async () => await plane.run(sampleRunId(1)) };
}

describe('a Job that is forbidden', () => {
  it('is made as soon as it may be', async () => {
    const { barred, tick, begin, first } = await setUp();
    barred.add('createJob');
    await begin();
    await tick(3);
    expect(await first()).toMatchObject({ state: 'starting', job: { uid: null } });
    barred.clear();
    await tick(1);
    expect(await first()).toMatchObject({ state: 'starting', job: { uid: expect.any(String) as string } });
  });

  it('for minutes ends its run within ten, in the words of the cluster, and its volume is free', async () => {
    const { barred, tick, begin, first, volumes, states, github } = await setUp();
    barred.add('createJob');
    await begin();
    await tick(10);
    const outcome = {
      verdict: 'infrastructure',
      code: 'job-refused',
      reason: expect.stringContaining(words) as string,
    };
    expect(await first()).toMatchObject({ state: 'finished', outcome });
    expect(states(1).at(-1)).toBe('error');
    expect([...github.statuses.values()].flat()[0]?.description).toContain('exceeded quota');
    expect((await volumes('42'))[0]).toMatchObject({ state: 'free', holder: null });
  });

  it.each([
    ['was not made', false],
    ['was made all the same', true],
  ])('keeps its volume where nobody may look, until somebody sees that it %s', async (_what, made) => {
    const { barred, tick, begin, first, volumes, cluster, states } = await setUp();
    barred.add('createJob').add('readJob');
    await begin();
    const job = (await first()).job?.name ?? '';
    if (made) {
      const order = { kind: 'cleaning', repoId: '42', volume: 0, epoch: 1, diskName: 'vol-42-0' } as const;
      await cluster.createJob({ ...order, name: job, settings: { runnerImage: 'runner', runtimeClassName: null } });
    }
    await tick(10);
    expect(await first()).toMatchObject({ state: 'finished', outcome: { code: 'job-refused' } });
    expect(states(1).at(-1)).toBe('error');
    await tick(30);
    expect((await volumes('42'))[0]).toMatchObject({ state: 'fenced' });
    barred.clear();
    await tick(1);
    if (made) {
      expect((await volumes('42'))[0]).toMatchObject({ state: 'fenced' });
      expect(cluster.jobs.get(job)?.activeDeadlineSeconds).toBe(1);
      cluster.end(job, { terminal: 'Failed', reason: 'DeadlineExceeded' });
      await tick(1);
    }
    expect((await volumes('42'))[0]).toMatchObject({ state: 'free', holder: null });
  });
});

describe('a Pod that is forbidden', () => {
  it('for minutes ends its run within ten, in the words of the cluster', async () => {
    const { tick, begin, first, volumes, states, cluster } = await setUp();
    cluster.podless.words = 'Error creating: pods is forbidden: exceeded quota: builds';
    await begin();
    const { job } = await first();
    await tick(4);
    expect(await first()).toMatchObject({ state: 'starting', abandoned: null });
    await tick(3);
    expect(cluster.jobs.get(job?.name ?? '')?.activeDeadlineSeconds).toBe(1);
    cluster.lose(job?.name ?? '');
    await tick(1);
    expect(await first()).toMatchObject({
      state: 'finished',
      outcome: {
        verdict: 'infrastructure',
        code: 'pod-refused',
        reason: expect.stringContaining('exceeded quota: builds') as string,
      },
    });
    expect(states(1).at(-1)).toBe('error');
    expect((await volumes('42'))[0]).toMatchObject({ state: 'free' });
  });

  it('only for a moment is waited for', async () => {
    const { tick, begin, first, cluster } = await setUp();
    cluster.podless.words = 'Error creating: pods is forbidden: exceeded quota: builds';
    await begin();
    await tick(4);
    cluster.podless.words = null;
    cluster.step();
    await tick(3);
    expect(await first()).toMatchObject({ abandoned: null, outcome: null });
  });
});
