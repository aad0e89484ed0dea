import { expect } from 'vitest';
import type { Documents, Query, Snapshot, Version, Write } from '../../shared/outside/documents.ts';
import { useFirestore } from '../support/firestore.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { noon } from '../support/sample-run.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

const firestore = useFirestore();

const create = (path: string, fields: Record<string, unknown> = {}): Write => ({ type: 'create', path, fields });

async function read(documents: Documents, path: string): Promise<Snapshot> {
  const [snapshot] = await documents.get([path]);
  if (snapshot === null || snapshot === undefined) throw new Error(`${path} is not there`);
  return snapshot;
}

/** What the port promises: the same of the model that faster tests use as of Firestore. */
const promises: Promises<Documents> = {
  'gives back what was written, and null for what was not': async (documents) => {
    const fields = {
      text: 'a',
      none: null,
      yes: true,
      number: 1.5,
      at: noon,
      list: [{ at: noon }, 2],
      map: { deep: { x: 1 } },
    };
    await documents.commit([create('things/a', fields)]);
    const [there, missing] = await documents.get(['things/a', 'things/b']);
    expect(there?.data).toEqual(fields);
    expect(there?.path).toBe('things/a');
    expect(missing).toBeNull();
    expect(await documents.get([])).toEqual([]);
  },

  'hands out copies': async (documents) => {
    const list = [1];
    await documents.commit([create('things/a', { list })]);
    list.push(2);
    ((await read(documents, 'things/a')).data['list'] as number[]).push(3);
    expect((await read(documents, 'things/a')).data['list']).toEqual([1]);
  },

  'creates once': async (documents) => {
    await documents.commit([create('things/a')]);
    await expect(documents.commit([create('things/b'), create('things/a')])).rejects.toMatchObject({
      code: 'already-exists',
    });
    expect(await documents.get(['things/b'])).toEqual([null]);
  },

  'replaces the named fields of the version that was read, and of no other': async (documents) => {
    await documents.commit([create('things/a', { map: { x: 1 }, keep: 1 })]);
    const { version } = await read(documents, 'things/a');
    const update = (fields: Record<string, unknown>): Write => ({ type: 'update', path: 'things/a', fields, version });
    await documents.commit([update({ map: { y: 2 } })]);
    expect((await read(documents, 'things/a')).data).toEqual({ map: { y: 2 }, keep: 1 });
    await expect(documents.commit([update({ keep: 2 })])).rejects.toMatchObject({ code: 'conflict' });
  },

  'tells the versions that a commit made': async (documents) => {
    const versions = await documents.commit([create('things/a'), create('things/b')]);
    expect(versions).toEqual([
      (await read(documents, 'things/a')).version,
      (await read(documents, 'things/b')).version,
    ]);
  },

  'neither changes nor deletes what is not there': async (documents) => {
    await documents.commit([create('things/a')]);
    const { version } = await read(documents, 'things/a');
    const gone = 'things/gone';
    await expect(documents.commit([{ type: 'update', path: gone, fields: { x: 1 }, version }])).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(documents.commit([{ type: 'delete', path: gone, version }])).rejects.toMatchObject({
      code: 'conflict',
    });
    await documents.commit([{ type: 'delete', path: gone }]);
  },

  'deletes the version that was read, and of no other': async (documents) => {
    await documents.commit([create('things/a')]);
    const { version } = await read(documents, 'things/a');
    await documents.commit([{ type: 'update', path: 'things/a', fields: { x: 1 }, version }]);
    await expect(documents.commit([{ type: 'delete', path: 'things/a', version }])).rejects.toMatchObject({
      code: 'conflict',
    });
    await documents.commit([
      { type: 'delete', path: 'things/a', version: (await read(documents, 'things/a')).version },
    ]);
    expect(await documents.get(['things/a'])).toEqual([null]);
  },

  'lets one of many win': async (documents) => {
    await documents.commit([create('things/a', { by: null })]);
    const { version } = await read(documents, 'things/a');
    const tries = await Promise.allSettled(
      Array.from(
        { length: 8 },
        async (_, by) => await documents.commit([{ type: 'update', path: 'things/a', fields: { by }, version }]),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  },

  'refuses what it cannot hold': async (documents) => {
    await expect(documents.commit([create('things/a', { x: undefined })])).rejects.toThrow();
    await expect(documents.commit([create('things/b', { x: [[1]] })])).rejects.toThrow();
  },

  'finds by equal fields, nested ones too, in one collection alone': async (documents) => {
    await documents.commit([
      create('things/a', { kind: 'x', in: { n: 1 } }),
      create('things/b', { kind: 'x', in: { n: 2 } }),
      create('things/c', { kind: 'y', in: { n: 1 } }),
      create('things/a/parts/d', { kind: 'x', in: { n: 1 } }),
    ]);
    const find = async (query: Partial<Query>): Promise<string[]> =>
      (await documents.query({ collection: 'things', where: [], limit: 10, ...query })).map(({ path }) => path);
    expect(await find({ where: [{ field: 'kind', equals: 'x' }] })).toEqual(['things/a', 'things/b']);
    expect(
      await find({
        where: [
          { field: 'kind', equals: 'x' },
          { field: 'in.n', equals: 2 },
        ],
      }),
    ).toEqual(['things/b']);
    expect(await find({ where: [{ field: 'absent', equals: null }] })).toEqual([]);
    expect(await find({ limit: 2 })).toEqual(['things/a', 'things/b']);
    expect(await find({ collection: 'things/a/parts' })).toEqual(['things/a/parts/d']);
  },

  'counts what it would find, up to a limit': async (documents) => {
    const at = (minute: number) => new Date(noon.getTime() + minute * 60_000);
    await documents.commit([1, 2, 3, 4].map((minute) => create(`things/${minute}`, { kind: 'x', at: at(minute) })));
    await documents.commit([
      create('things/other', { kind: 'y', at: at(1) }),
      create('things/2/parts/x', { kind: 'x' }),
    ]);
    const kind = { field: 'kind', equals: 'x' };
    const count = async (query: Partial<Query> = {}): Promise<number> =>
      await documents.count({ collection: 'things', where: [kind], limit: 10, ...query });
    expect(await count()).toBe(4);
    expect(await count({ limit: 3 })).toBe(3);
    expect(await count({ orderBy: { field: 'at', direction: 'asc' }, after: at(2) })).toBe(2);
    expect(await count({ where: [{ field: 'kind', equals: 'z' }] })).toBe(0);
    expect(await count({ collection: 'parts', everywhere: true })).toBe(1);
  },

  'finds in all collections of a name, up to a value of a nested field that is there': async (documents) => {
    const due = (minute: number) => ({
      cleaning: { dueAt: new Date(noon.getTime() + minute * 60_000), job: `j${minute}` },
    });
    await documents.commit([
      create('repos/1'),
      create('repos/1/volumes/0', due(2)),
      create('repos/1/volumes/1', { cleaning: null }),
      create('repos/2/volumes/0', due(1)),
      create('repos/2/volumes/1', due(3)),
      create('repos/2/others/0', due(1)),
      create('volumes/x', due(0)),
    ]);
    const find = async (query: Partial<Query>): Promise<string[]> =>
      (await documents.query({ collection: 'volumes', everywhere: true, where: [], limit: 10, ...query })).map(
        ({ path }) => path,
      );
    const orderBy = { field: 'cleaning.dueAt', direction: 'asc' } as const;
    const before = new Date(noon.getTime() + 3 * 60_000);
    expect(await find({ orderBy, before })).toEqual(['volumes/x', 'repos/2/volumes/0', 'repos/1/volumes/0']);
    expect(await find({ orderBy, before, limit: 1 })).toEqual(['volumes/x']);
    expect(await find({ where: [{ field: 'cleaning.job', equals: 'j3' }] })).toEqual(['repos/2/volumes/1']);
    expect(await find({ collection: 'repos/1/volumes', everywhere: false, orderBy })).toEqual(['repos/1/volumes/0']);
  },

  'orders by a field that is there, and goes on after a value': async (documents) => {
    const minutes = (count: number): Date => new Date(noon.getTime() + count * 60_000);
    await documents.commit([
      create('things/c', { at: minutes(1) }),
      create('things/a', { at: minutes(2) }),
      create('things/b', { at: minutes(2) }),
      create('things/d', { at: minutes(3) }),
      create('things/e', { other: 1 }),
    ]);
    const find = async (direction: 'asc' | 'desc', after?: Date): Promise<string> =>
      (
        await documents.query({
          collection: 'things',
          where: [],
          orderBy: { field: 'at', direction },
          limit: 10,
          ...(after === undefined ? {} : { after }),
        })
      )
        .map(({ path }) => path.slice(-1))
        .join('');
    expect(await find('asc')).toBe('cabd');
    expect(await find('desc')).toBe('dbac');
    expect(await find('asc', minutes(1))).toBe('abd');
    expect(await find('desc', minutes(3))).toBe('bac');
    expect(await find('desc', minutes(2))).toBe('c');
  },

  'keeps the version of what a write did not change': async (documents) => {
    await documents.commit([create('things/a', { x: 1, at: noon })]);
    const { version } = await read(documents, 'things/a');
    await documents.commit([{ type: 'update', path: 'things/a', fields: { x: 1, at: noon }, version }]);
    expect((await read(documents, 'things/a')).version).toEqual(version);
  },
};

keepsPromises('the model', promises, async () => await Promise.resolve(createMemoryDocuments()));
keepsPromises("Firestore's emulator", promises, async () => await Promise.resolve(firestore.fresh().documents));

const wrong = (change: (documents: Documents) => Partial<Documents>) => (): Documents => {
  const documents = createMemoryDocuments();
  return { ...documents, ...change(documents) };
};
const anyVersion = { seconds: 1, nanoseconds: 0 };

findsFaults(promises, {
  'that creates what is there': wrong((documents) => ({
    commit: async (writes) => {
      const paths = writes.flatMap((write) => (write.type === 'create' ? [write.path] : []));
      await documents.commit(paths.map((path) => ({ type: 'delete', path })));
      return await documents.commit(writes);
    },
  })),
  'that takes any version for the one that was read': wrong((documents) => ({
    commit: async (writes) => {
      const current = await documents.get(writes.map(({ path }) => path));
      const version = (index: number) => current[index]?.version ?? anyVersion;
      return await documents.commit(
        writes.map((write, index) => (write.type === 'update' ? { ...write, version: version(index) } : write)),
      );
    },
  })),
  'that writes one after the other': wrong((documents) => ({
    commit: async (writes) => {
      const versions: Version[] = [];
      for (const write of writes) versions.push(...(await documents.commit([write])));
      return versions;
    },
  })),
  'that answers without order': wrong((documents) => ({
    query: async (query) => (await documents.query(query)).toReversed(),
  })),
  'that has no limit': wrong((documents) => ({
    query: async (query) => await documents.query({ ...query, limit: 1000 }),
  })),
  'that begins with the value after which it was to begin': wrong((documents) => ({
    query: async ({ after: _, ...query }) => await documents.query(query),
  })),
  'that looks into all collections': wrong((documents) => ({
    query: async ({ collection, ...query }) =>
      await documents.query({ ...query, collection: collection.split('/').at(-1) ?? '', everywhere: true }),
  })),
  'that hands out what it keeps': wrong((documents) => {
    const handed = new Map<string, Snapshot | null>();
    return {
      get: async (paths) => {
        const found = await documents.get(paths);
        for (const [index, path] of paths.entries()) if (!handed.has(path)) handed.set(path, found[index] ?? null);
        return paths.map((path) => handed.get(path) ?? null);
      },
    };
  }),
});
