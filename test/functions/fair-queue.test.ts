import { describe, expect, it } from 'vitest';
import type { Documents } from '../../shared/outside/documents.ts';
import { createBusyInstallation } from '../support/busy-installation.ts';
import { useFirestore } from '../support/firestore.ts';
import { sampleRunId } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { changeDocument } from '../support/change-document.ts';

const firestore = useFirestore();
const weights = [3, 3, 2, 2, 1, 1, 1, 1, 1, 1];
const customers = weights.map((weight, row) => ({ id: String(row + 1), weight }));

describe('1,000 runs of 10 customers', () => {
  it('never exceed a limit, start in order, say why they wait, and share by weight', async () => {
    const limits = { runs: 16, runsOfCustomer: 5 };
    const here = await createBusyInstallation(createMemoryDocuments(), {
      customers,
      repositoriesEach: 2,
      volumesEach: 3,
      ...limits,
    });
    const started: string[] = [];
    const inOrderOf = new Map<string, string[]>();
    const watch = (): void => {
      const going = here.going();
      expect(going.length).toBeLessThanOrEqual(limits.runs);
      for (const count of here.shares().values()) expect(count).toBeLessThanOrEqual(limits.runsOfCustomer);
      expect(new Set(going.map(({ order }) => order.diskName)).size).toBe(going.length);
      for (const { order } of going) {
        if (started.includes(order.run.id)) continue;
        started.push(order.run.id);
        inOrderOf.set(order.run.repoId, [...(inOrderOf.get(order.run.repoId) ?? []), order.run.id]);
      }
    };
    for (let number = 1; number <= 1000; number += 1) {
      const { id } = here.repositories[number % here.repositories.length] ?? { id: '' };
      await here.handle(here.request(number, id));
      await here.drain();
    }
    watch();
    expect(here.going()).toHaveLength(limits.runs);
    const waiting = (await here.allRuns()).filter(({ state }) => state === 'queued');
    expect(waiting).toHaveLength(1000 - limits.runs);
    expect(waiting.filter(({ waitReason, waitsFor }) => waitReason === null || waitsFor === null)).toEqual([]);
    const served = new Map<string, number>();
    // What started while nobody waited is on no account. As long as everybody has something waiting, it is shared.
    const [warm, counted] = [110, 370];
    for (let passed = 0; passed < warm + counted; passed += 1) {
      here.clock.advance(10_000);
      const { repoId } = (await here.passOldest()) ?? { repoId: '' };
      await here.drain();
      watch();
      expect(here.going()).toHaveLength(limits.runs);
      const customer = here.customerOf(repoId);
      if (passed >= warm) served.set(customer, (served.get(customer) ?? 0) + 1);
    }
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    const shares = customers.map(({ id, weight }) => (served.get(id) ?? 0) / counted / (weight / all));
    const told = shares.map((share) => share.toFixed(2)).join(' ');
    for (const share of shares) expect(Math.abs(share - 1), told).toBeLessThan(0.1);
    while (here.going().length > 0) {
      here.clock.advance(10_000);
      await here.passOldest();
      await here.drain();
      watch();
    }
    const ended = await here.allRuns();
    expect(ended.filter(({ outcome }) => outcome?.verdict !== 'passed')).toEqual([]);
    expect(started).toHaveLength(1000);
    for (const ids of inOrderOf.values()) expect(ids).toEqual(ids.toSorted());
    const slots = await here.documents.query({ collection: 'slots', everywhere: true, where: [], limit: 1000 });
    expect(slots.filter(({ data }) => data['free'] !== true)).toEqual([]);
    expect(slots.length).toBeLessThanOrEqual(limits.runs + customers.length * limits.runsOfCustomer);
  });
});

describe('a limit', () => {
  it('holds among many that claim at once, in Firestore', async () => {
    const limits = { runs: 12, runsOfCustomer: 4 };
    const { documents } = firestore.fresh();
    const here = await createBusyInstallation(documents, {
      customers: customers.slice(0, 5),
      repositoriesEach: 2,
      volumesEach: 3,
      ...limits,
    });
    const requests = Array.from({ length: 120 }, (_, number) =>
      here.request(number + 1, here.repositories[number % here.repositories.length]?.id ?? ''),
    );
    // As Pub/Sub does: what was not handled is told again.
    const told = async (act: () => Promise<void>): Promise<void> => {
      for (let tries = 0; ; tries += 1) {
        try {
          await act();
          return;
        } catch (error) {
          if (tries === 20) throw error;
        }
      }
    };
    await Promise.all(requests.map(async (request) => await told(async () => await here.handle(request))));
    const settle = async (): Promise<void> => {
      for (
        let message = here.publisher.waiting.shift();
        message !== undefined;
        message = here.publisher.waiting.shift()
      ) {
        const next = message;
        await told(async () => await here.deliver(next));
      }
    };
    const ended = new Set<string>();
    while (ended.size < requests.length) {
      await settle();
      expect(here.going().length).toBeLessThanOrEqual(limits.runs);
      for (const count of here.shares().values()) expect(count).toBeLessThanOrEqual(limits.runsOfCustomer);
      here.clock.advance(30_000);
      const passed = await here.passOldest();
      if (passed !== null) ended.add(passed.runId);
      if (here.going().length === 0) await told(async () => await here.handle({ v: 1, type: 'tick' }));
    }
    await settle();
    const runs = await here.allRuns();
    expect(runs.map(({ outcome }) => outcome?.verdict)).toEqual(requests.map(() => 'passed'));
  });
});

describe('100 runs that come at once for 8 volumes', () => {
  it('have 8 winners on 8 volumes, and no error reaches who asked', async () => {
    const here = await createBusyInstallation(firestore.fresh().documents, {
      customers: [{ id: '1' }],
      repositoriesEach: 1,
      volumesEach: 8,
      runs: 50,
      runsOfCustomer: 20,
    });
    await Promise.all(
      Array.from({ length: 100 }, async (_, number) => {
        await here.handle(here.request(number + 1, '1000'));
      }),
    );
    const going = here.going();
    expect(going).toHaveLength(8);
    expect(new Set(going.map(({ order }) => order.diskName)).size).toBe(8);
    expect(new Set(going.map(({ order }) => order.run.id)).size).toBe(8);
    const waiting = (await here.allRuns()).filter(({ state }) => state === 'queued');
    expect(waiting).toHaveLength(92);
    expect(waiting.filter(({ waitReason }) => waitReason === null)).toEqual([]);
  });
});

describe('what a limit costs', () => {
  it('leaves a push within its 60 reads and 40 writes', async () => {
    const counted = { reads: 0, writes: 0 };
    const memory = createMemoryDocuments();
    const documents: Documents = {
      async get(paths) {
        counted.reads += paths.length;
        return await memory.get(paths);
      },
      async query(query) {
        const found = await memory.query(query);
        // A query that finds nothing costs a read as well.
        counted.reads += Math.max(found.length, 1);
        return found;
      },
      async count(query) {
        counted.reads += 1;
        return await memory.count(query);
      },
      async commit(writes) {
        counted.writes += writes.length;
        return await memory.commit(writes);
      },
    };
    const here = await createBusyInstallation(documents, {
      customers: [{ id: '1' }],
      repositoriesEach: 1,
      volumesEach: 2,
      runs: 50,
      runsOfCustomer: 20,
      waitingOfCustomer: 100,
      pushesOfCustomer: 100,
    });
    const costs: { readonly reads: number; readonly writes: number }[] = [];
    for (const number of [1, 2, 3]) {
      counted.reads = 0;
      counted.writes = 0;
      await here.handle(here.request(number, '1000'));
      await here.drain();
      here.clock.advance(10_000);
      await here.passOldest();
      await here.drain();
      costs.push({ ...counted });
    }
    expect(costs).toHaveLength(3);
    for (const { reads, writes } of costs) {
      expect(reads).toBeLessThanOrEqual(60);
      expect(writes).toBeLessThanOrEqual(40);
    }
  });
});

describe('a repository that cannot be looked at', () => {
  it('leaves the line, and nobody waits behind it', async () => {
    const documents = createMemoryDocuments();
    const here = await createBusyInstallation(documents, {
      customers: [{ id: '1' }, { id: '2' }],
      repositoriesEach: 1,
      volumesEach: 2,
      runs: 1,
    });
    for (const [number, repoId] of [
      [1, '1000'],
      [2, '2000'],
      [3, '1000'],
    ] as const) {
      await here.handle(here.request(number, repoId));
      await here.drain();
    }
    await changeDocument(documents, 'repos/2000/volumes/0', { state: 'unheard of' });

    await here.passOldest();
    await here.drain();
    const runs = await here.allRuns();
    expect(runs.find(({ id }) => id === sampleRunId(2))).toMatchObject({
      state: 'queued',
      waitsFor: 'volume',
      waitReason: 'waits until its repository can be looked at',
    });
    expect(here.lines.lines().some(({ passedOn }) => String(passedOn).startsWith('2000: repos/2000/volumes/0'))).toBe(
      true,
    );
    await here.handle({ v: 1, type: 'volume.freed', repoId: '1000' });
    expect((await here.allRuns()).find(({ id }) => id === sampleRunId(3))?.state).toBe('starting');
  });
});
