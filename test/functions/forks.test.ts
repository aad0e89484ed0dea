import { describe, expect, it } from 'vitest';
import { diskName } from '../../shared/attempt/names.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import { repositoryPath } from '../../shared/store/repositories.ts';
import { changeDocument } from '../support/change-document.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { noon, samplePull, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const day = 86_400_000;
const fork = 1000;

async function setUp(settings: object = {}) {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', 1);
  await changeDocument(plane.documents, repositoryPath('42'), { settings });
  /** A commit comes to a pull request: GitHub has it, and tells of it. */
  const send = async (pull: number, number: number): Promise<RunRequested> => {
    const at = new Date(noon.getTime() + number * 1000).toISOString();
    const request = samplePull(pull, { sha: sampleSha(number), pushedAt: at, requestedAt: at });
    plane.github.pulls.set(pull, [...(plane.github.pulls.get(pull) ?? []), request.sha]);
    await plane.handle(request);
    await plane.drain();
    return request;
  };
  const allow = async ({ runId }: RunRequested, by = 'mira'): Promise<void> => {
    await plane.handle({ v: 1, type: 'run.approved', runId, by, requestedAt: plane.clock.now().toISOString() });
    await plane.drain();
  };
  const end = async (request: RunRequested, how: 'passes' | 'is lost' = 'passes'): Promise<void> => {
    const run = await plane.run(request.runId);
    if (how === 'passes') plane.putResult(run);
    plane.cluster.end(run.job?.name ?? '', { terminal: how === 'passes' ? 'Complete' : 'Failed' });
    await plane.handle({ v: 1, type: 'job.finished', jobUid: run.job?.uid ?? '' });
    await plane.drain();
  };
  /** What GitHub shows of a commit, newest first. */
  const shown = (number: number) =>
    (plane.github.statuses.get(sampleSha(number)) ?? []).map(
      ({ context, state, description }) => `${context} ${state}: ${description}`,
    );
  const order = async (request: RunRequested) => {
    const order = plane.cluster.orders.get((await plane.run(request.runId)).job?.name ?? '');
    if (order?.kind !== 'attempt') throw new Error('no Job of an attempt');
    return order;
  };
  return { ...plane, send, allow, end, shown, order };
}

describe('a pull request of a fork', () => {
  it('waits for somebody with write access, and its commit says so under a context of its own', async () => {
    const here = await setUp();
    const { runId } = await here.send(7, 2);
    const run = await here.run(runId);
    expect(run).toMatchObject({ state: 'awaiting-approval', trust: 'fork', vouched: true, approval: null });
    expect(run.nextLookAt).toEqual(new Date(run.createdAt.getTime() + 14 * day));
    expect(here.shown(2)).toEqual(['yb/approval pending: Somebody with write access may allow 0000000 to be tested']);
    expect(here.cluster.jobs.size).toBe(0);
    expect((await here.volumes('42')).map(({ index }) => index)).toEqual([0]);
  });

  it('runs when it was allowed, on a disk that nobody had before and nobody gets after, without secrets', async () => {
    const here = await setUp({ submodules: [{ id: '43', fullName: 'acme/private' }] });
    const request = await here.send(7, 2);
    await here.allow(request);
    expect(await here.run(request.runId)).toMatchObject({ state: 'starting', approval: { by: 'mira' } });
    expect((await here.volumes('42')).map(({ index, trust, state }) => [index, trust, state])).toEqual([
      [0, 'trusted', 'free'],
      [fork, 'fork', 'leased'],
    ]);
    const { secrets, repository, diskName: disk } = await here.order(request);
    expect(secrets).toEqual([]);
    expect(repository).not.toHaveProperty('submoduleUrls');
    expect(disk).toBe(diskName('42', fork));
    await here.end(request);
    expect(await here.run(request.runId)).toMatchObject({ state: 'finished', outcome: { verdict: 'passed' } });
    expect((await here.volumes('42')).map(({ index }) => index)).toEqual([0]);
    expect(here.cluster.disks.has(disk)).toBe(false);
    expect(here.shown(2)[0]).toMatch(/^yb success/);
    expect(here.shown(2)).toContain('yb/approval success: Allowed by mira');
  });

  it('is asked about once, however often GitHub tells of it, and allowed once', async () => {
    const here = await setUp();
    const request = await here.send(7, 2);
    await here.handle({ ...request, requestedAt: here.clock.now().toISOString() });
    await here.drain();
    await here.allow(request);
    await here.allow(request, 'somebody else');
    await here.handle(request);
    await here.drain();
    expect((await here.run(request.runId)).approval).toMatchObject({ by: 'mira' });
    expect(here.cluster.jobs.size).toBe(1);
    expect(here.shown(2).filter((words) => words.startsWith('yb/approval'))).toHaveLength(2);
  });

  it('asks again for each new commit, and what ran or waited before is superseded', async () => {
    const here = await setUp();
    const first = await here.send(7, 2);
    const second = await here.send(7, 3);
    expect(await here.run(first.runId)).toMatchObject({ state: 'finished', outcome: { verdict: 'superseded' } });
    expect(here.shown(2).slice(0, 2).sort()).toEqual([
      'yb error: Superseded by 0000000',
      'yb/approval error: Superseded by 0000000',
    ]);
    // The word for the one before says nothing of this one, and comes too late for that.
    await here.allow(first);
    expect(await here.run(second.runId)).toMatchObject({ state: 'awaiting-approval', approval: null });
    expect(here.cluster.jobs.size).toBe(0);
    // Another pull request is another story.
    const other = await here.send(8, 4);
    expect((await here.run(second.runId)).state).toBe('awaiting-approval');
    await here.allow(other);
    expect((await here.run(other.runId)).state).toBe('starting');
  });

  it('is over when nobody has allowed it for two weeks', async () => {
    const here = await setUp();
    const { runId } = await here.send(7, 2);
    await here.tickAfter(14 * day - 60_000);
    expect((await here.run(runId)).state).toBe('awaiting-approval');
    await here.tickAfter(120_000);
    expect((await here.run(runId)).outcome).toMatchObject({ verdict: 'cancelled', code: 'not-approved' });
    expect(here.shown(2).slice(0, 2).sort()).toEqual([
      'yb error: Nobody allowed it within 14 days',
      'yb/approval error: Nobody allowed it within 14 days',
    ]);
  });

  it('can be cancelled while it waits, and starts nothing where its owner wants none', async () => {
    const here = await setUp();
    const { runId } = await here.send(7, 2);
    await here.handle({ v: 1, type: 'run.cancelled', runId, by: 'mira', requestedAt: noon.toISOString() });
    await here.drain();
    expect((await here.run(runId)).outcome?.verdict).toBe('cancelled');

    const closed = await setUp({ forks: 'never' });
    const request = await closed.send(7, 2);
    await expect(closed.run(request.runId)).rejects.toThrow('no run');
    expect(closed.shown(2)).toEqual([]);
  });

  it('is nothing where GitHub does not know the commit as one of the pull request', async () => {
    const here = await setUp();
    const request = samplePull(7, { sha: sampleSha(2) });
    // It may not be shown yet: the message comes again.
    await expect(here.handle(request)).rejects.toThrow(expect.objectContaining({ code: 'github-unavailable' }));
    here.clock.advance(day);
    await here.handle(request);
    await here.drain();
    await expect(here.run(request.runId)).rejects.toThrow('no run');
    expect(here.shown(2)).toEqual([]);
  });

  it.each([
    ['another run’s id', { runId: 'a'.repeat(26) }],
    ['a branch', { ref: 'refs/heads/main' }],
    ['the word of a person, on the topic of pushes', { trigger: { source: 'rerun', delivery: null, actor: 'mira' } }],
  ] as const)('is believed nothing with %s', async (_, changes) => {
    const here = await setUp();
    here.github.pulls.set(7, [sampleSha(2)]);
    const request = { ...samplePull(7, { sha: sampleSha(2) }), ...changes };
    await here.deliver({ topic: 'pushes', id: 'forged', attributes: {}, text: JSON.stringify(request) });
    expect(here.publisher.waiting.map(({ topic }) => topic)).toEqual(['dead-letters']);
    await expect(here.run(request.runId)).rejects.toThrow('no run');
    expect(here.cluster.jobs.size).toBe(0);
  });

  it('is allowed by whoever runs it again', async () => {
    const here = await setUp();
    const first = await here.send(7, 2);
    await here.allow(first);
    await here.end(first);
    const trigger = { source: 'rerun', delivery: null, actor: 'otto' } as const;
    const again = { ...first, runId: 'b'.repeat(26), trigger, pushedAt: new Date(noon.getTime() + 9000).toISOString() };
    await here.handle(again);
    await here.drain();
    expect(await here.run(again.runId)).toMatchObject({ state: 'starting', approval: { by: 'otto' } });
  });

  it('is tried again on another new disk', async () => {
    const here = await setUp();
    const request = await here.send(7, 2);
    await here.allow(request);
    const first = (await here.order(request)).name;
    await here.end(request, 'is lost');
    await here.tickAfter(120_000);
    expect(await here.run(request.runId)).toMatchObject({ state: 'starting', attempt: 2 });
    expect((await here.order(request)).name).not.toBe(first);
    await here.end(request);
    expect((await here.volumes('42')).map(({ index }) => index)).toEqual([0]);
  });

  it('leaves the runs of the repository alone, and many of them go one after another', async () => {
    const here = await setUp();
    const all: RunRequested[] = [];
    for (let number = 2; number <= 31; number += 1) all.push(await here.send(number, number));
    await here.push(40);
    expect(here.states(40)).toEqual(['pending']);
    expect(here.cluster.jobs.size).toBe(1);
    for (const request of all.slice(0, 5)) await here.allow(request);
    const going = async () => {
      const runs = await Promise.all(all.map(async ({ runId }) => await here.run(runId)));
      return runs.filter(({ state }) => state === 'starting').map(({ id }) => id);
    };
    expect(await going()).toHaveLength(2);
    for (const request of all.slice(0, 5)) {
      expect((await going()).length).toBeGreaterThan(0);
      await here.end(request);
    }
    expect(await going()).toEqual([]);
    expect((await here.volumes('42')).map(({ index }) => index)).toEqual([0]);
  });
});
