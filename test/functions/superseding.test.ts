import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { noon, samplePush, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const at = (number: number) => new Date(noon.getTime() + number * 1000).toISOString();

async function setUp(volumes: number, change: (outside: Outside) => Partial<Outside> = () => ({})) {
  const plane = createControlPlane({ documents: createMemoryDocuments(), change });
  await plane.register('42', volumes);
  const pushOf = (number: number, ref: string) =>
    samplePush({ sha: sampleSha(number), ref, pushedAt: at(number), requestedAt: at(number) });
  return {
    ...plane,
    async pushTo(number: number, ref = 'refs/heads/side') {
      const push = pushOf(number, ref);
      await plane.handle(push);
      await plane.drain();
      return push.runId;
    },
    status: (number: number) => plane.github.statuses.get(sampleSha(number))?.[0],
  };
}

describe('a newer push', () => {
  it('ends a run that waits, and the status of the old commit says by what', async () => {
    const { pushTo, run, status } = await setUp(1);
    await pushTo(1);
    const waits = await pushTo(2, 'refs/heads/other');
    await pushTo(3, 'refs/heads/other');
    expect(await run(waits)).toMatchObject({
      state: 'finished',
      outcome: { verdict: 'superseded', reason: `Superseded by ${sampleSha(3).slice(0, 7)}` },
    });
    expect(status(2)).toMatchObject({ state: 'error', description: `Superseded by ${sampleSha(3).slice(0, 7)}` });
  });

  it('ends a run that works, whose volume is free when its Job is gone', async () => {
    const { pushTo, run, status, cluster, volumes, handle, drain } = await setUp(1);
    const old = await run(await pushTo(1));
    const next = await pushTo(2);
    expect(cluster.jobs.get(old.job?.name ?? '')?.activeDeadlineSeconds).toBe(1);
    expect((await volumes('42'))[0]?.state).toBe('leased');
    cluster.lose(old.job?.name ?? '');
    await handle({ v: 1, type: 'job.finished', jobUid: old.job?.uid ?? '' });
    await drain();
    expect((await run(old.id)).outcome).toMatchObject({ verdict: 'superseded', code: 'superseded' });
    expect(status(1)).toMatchObject({
      state: 'error',
      description: expect.stringContaining('Superseded by') as string,
    });
    expect(await run(next)).toMatchObject({ state: 'starting', lease: { volume: 0 } });
  });

  it('ends nothing of the default branch', async () => {
    const { pushTo, run } = await setUp(1);
    const first = await pushTo(1, 'refs/heads/main');
    const second = await pushTo(2, 'refs/heads/main');
    expect(await run(first)).toMatchObject({ state: 'starting', cancel: null });
    expect(await run(second)).toMatchObject({ state: 'queued' });
  });

  it('that came first ends the one that came late, however often either is heard of', async () => {
    const { pushTo, run, cluster } = await setUp(2);
    const newer = await pushTo(2);
    const late = await pushTo(1);
    for (const number of [1, 2, 1]) await pushTo(number);
    expect(await run(late)).toMatchObject({ state: 'finished', outcome: { verdict: 'superseded' } });
    expect(await run(newer)).toMatchObject({ state: 'starting', cancel: null });
    expect(cluster.jobs.size).toBe(1);
  });
});

describe('a push that is not to be tested', () => {
  const skip = '[skip ci]';

  it('has a run that is over, and a success that says so', async () => {
    const { handle, drain, run, status, cluster } = await setUp(1);
    const push = samplePush({ sha: sampleSha(1), skip });
    await handle(push);
    await handle(push);
    await drain();
    const outcome = { verdict: 'skipped', code: 'skipped', reason: 'Skipped: [skip ci]' };
    expect(await run(push.runId)).toMatchObject({ state: 'finished', outcome });
    expect(status(1)).toMatchObject({ state: 'success', description: 'Skipped: [skip ci]' });
    expect(cluster.jobs.size).toBe(0);
  });

  it('is not tested either when GitHub vouches for it later', async () => {
    const silent = { is: true };
    const { handle, drain, run, cluster, clock, publisher } = await setUp(1, ({ github }) => ({
      github: {
        ...github,
        async isOnBranch(...asked) {
          if (silent.is) throw new YbError('github-unavailable', 'GitHub does not answer');
          return await github.isOnBranch(...asked);
        },
      },
    }));
    const push = samplePush({ sha: sampleSha(1), skip });
    await handle(push).catch(() => undefined);
    expect(await run(push.runId)).toMatchObject({ state: 'queued', skip });
    silent.is = false;
    clock.advance(60_000);
    await handle({ v: 1, type: 'tick' });
    while (publisher.waiting.length > 0) await drain();
    expect(await run(push.runId)).toMatchObject({ state: 'finished', outcome: { verdict: 'skipped' } });
    expect(cluster.jobs.size).toBe(0);
  });

  it('ends no older run, and lets nobody through who is not on the branch', async () => {
    const { handle, drain, run, pushTo, states, github } = await setUp(1);
    const first = await pushTo(1);
    const push = samplePush({ sha: sampleSha(2), ref: 'refs/heads/side', pushedAt: at(2), requestedAt: at(2), skip });
    await handle(push);
    await drain();
    expect(await run(first)).toMatchObject({ state: 'starting', cancel: null });
    github.elsewhere.add(sampleSha(3));
    const foreign = samplePush({ sha: sampleSha(3), pushedAt: at(3), requestedAt: at(3), skip });
    await handle(foreign).catch(() => undefined);
    await drain();
    expect(states(3)).toEqual([]);
  });
});
