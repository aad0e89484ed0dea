import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import type { RepositorySettings } from '../../shared/repository/settings.ts';
import { readRepository, Repository, repositoryPath } from '../../shared/store/repositories.ts';
import { saveStored } from '../../shared/store/record.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { sampleRunId } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const day = 86_400_000;

async function setUp(volumes: number, change: (outside: Outside) => Partial<Outside> = () => ({})) {
  const plane = createControlPlane({ documents: createMemoryDocuments(), change });
  await plane.register('42', volumes);
  return {
    ...plane,
    /** As an owner's settings say it, and the dashboard tells of it. */
    async settings(settings: RepositorySettings) {
      const before = await readRepository(plane.documents, '42');
      if (before === null) throw new Error(`no ${repositoryPath('42')}`);
      await saveStored(plane.documents, { schema: Repository, before, next: { ...before.value, settings } });
      await plane.handle({ v: 1, type: 'repository.changed', repoId: '42', told: 'person' });
      await plane.drain();
    },
    states: async () => (await plane.volumes('42')).map(({ index, state }) => `${index} ${state}`),
  };
}

describe('a volume that no run uses', () => {
  it('gives its disk back after thirty days, and the next run has an empty one', async () => {
    const { push, pass, run, volumes, cluster, clock, ticks } = await setUp(2);
    for (const number of [1, 2]) await push(number);
    for (const number of [1, 2]) await pass(number);
    const first = [...cluster.disks.values()].map(({ uid }) => uid);
    clock.advance(20 * day);
    await push(3);
    await pass(3);
    const kept = (await run(sampleRunId(3))).lease?.volume ?? -1;
    clock.advance(10 * day);
    await ticks();
    expect(cluster.disks.size).toBe(1);
    expect((await volumes('42')).map(({ index, warm, epoch }) => [index, warm === null, epoch > 0])).toEqual([
      [0, kept !== 0, kept === 0],
      [1, kept !== 1, kept === 1],
    ]);
    clock.advance(21 * day);
    await ticks();
    expect(cluster.disks.size).toBe(0);
    // What was given back is not asked for again, and is made when a run wants it.
    await ticks();
    await push(4);
    expect(await run(sampleRunId(4))).toMatchObject({ state: 'starting', lease: { epoch: 1 } });
    expect([...cluster.disks.values()].some(({ uid }) => first.includes(uid))).toBe(false);
  });

  it('keeps it while a run is on it, however long that takes', async () => {
    const { push, states, cluster, clock, ticks } = await setUp(1);
    await push(1);
    clock.advance(60 * day);
    await ticks();
    expect(await states()).toEqual(['0 leased']);
    expect(cluster.disks.size).toBe(1);
  });
});

describe('the volumes of a repository', () => {
  it('grow from one to five and shrink to two while runs go on, and no run is disturbed', async () => {
    const { push, pass, settings, states, run, cluster, ticks, drain } = await setUp(1);
    for (let number = 1; number <= 6; number += 1) await push(number);
    expect(await states()).toEqual(['0 leased']);
    await settings({ volumes: 5 });
    expect(await states()).toEqual([0, 1, 2, 3, 4].map((index) => `${index} leased`));
    const jobs = async () =>
      await Promise.all([1, 2, 3, 4, 5].map(async (number) => (await run(sampleRunId(number))).job?.uid));
    const before = await jobs();
    await settings({ volumes: 2 });
    expect(await jobs()).toEqual(before);
    expect(await states()).toEqual([0, 1, 2, 3, 4].map((index) => `${index} leased`));
    for (const number of [1, 2, 3, 4, 5]) {
      await pass(number);
      await ticks();
      await drain();
      expect(await run(sampleRunId(number))).toMatchObject({ attempt: 1, outcome: { verdict: 'passed' } });
    }
    // The sixth has taken the first one that is to stay.
    const used = (await run(sampleRunId(6))).lease?.volume;
    expect(used).toBeLessThan(2);
    await pass(6);
    await ticks();
    expect(await states()).toEqual(['0 free', '1 free']);
    expect([...cluster.disks.keys()].length).toBe(2);
  });

  it('that are wanted again on their way out come back, with a new disk', async () => {
    const down = { is: false };
    const { settings, states, ticks } = await setUp(2, ({ cluster }) => ({
      cluster: {
        ...cluster,
        async readDisk(name) {
          if (down.is) throw new YbError('kubernetes-unavailable', 'read volume claim: the cluster does not answer');
          return await cluster.readDisk(name);
        },
      },
    }));
    down.is = true;
    await settings({ volumes: 1 }).catch(() => undefined);
    expect(await states()).toEqual(['0 free', '1 retiring']);
    await settings({ volumes: 3 }).catch(() => undefined);
    down.is = false;
    await ticks();
    expect(await states()).toEqual(['0 free', '1 free', '2 free']);
  });

  it('that are too many are given to nobody', async () => {
    const { settings, push, states, run } = await setUp(2);
    await settings({ volumes: 1 });
    expect(await states()).toEqual(['0 free']);
    await push(1);
    await push(2);
    expect(await run(sampleRunId(2))).toMatchObject({
      state: 'queued',
      waitReason: 'waits for the volume of the repository',
    });
  });

  it('begin cold when they come again', async () => {
    const { settings, push, pass, volumes, ticks } = await setUp(1);
    await settings({ volumes: 2 });
    await push(1);
    await push(2);
    await pass(1);
    await pass(2);
    await settings({ volumes: 1 });
    await ticks();
    await settings({ volumes: 2 });
    expect((await volumes('42'))[1]).toMatchObject({ state: 'free', warm: null, epoch: 0 });
  });
});
