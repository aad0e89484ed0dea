import { describe, expect, it } from 'vitest';
import type { Documents, Query, Snapshot, Write } from '../../shared/outside/documents.ts';
import { useFirestore } from '../support/firestore.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { noon } from '../support/sample-run.ts';

const firestore = useFirestore();

const create = (path: string, fields: Record<string, unknown> = {}): Write => ({ type: 'create', path, fields });

async function read(documents: Documents, path: string): Promise<Snapshot> {
  const [snapshot] = await documents.get([path]);
  if (snapshot === null || snapshot === undefined) throw new Error(`${path} is not there`);
  return snapshot;
}

/** What the port promises, held against Firestore's emulator and against the model that faster tests use in its place. */
describe.each([
  ['Firestore', (): Documents => firestore.fresh().documents],
  ['the model', (): Documents => createMemoryDocuments()],
])('the store, as %s keeps it,', (_, fresh) => {
  it('gives back what was written, and null for what was not', async () => {
    const documents = fresh();
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
  });

  it('hands out copies', async () => {
    const documents = fresh();
    const list = [1];
    await documents.commit([create('things/a', { list })]);
    list.push(2);
    ((await read(documents, 'things/a')).data['list'] as number[]).push(3);
    expect((await read(documents, 'things/a')).data['list']).toEqual([1]);
  });

  it('creates once', async () => {
    const documents = fresh();
    await documents.commit([create('things/a')]);
    await expect(documents.commit([create('things/b'), create('things/a')])).rejects.toMatchObject({
      code: 'already-exists',
    });
    expect(await documents.get(['things/b'])).toEqual([null]);
  });

  it('replaces the named fields of the version that was read, and of no other', async () => {
    const documents = fresh();
    await documents.commit([create('things/a', { map: { x: 1 }, keep: 1 })]);
    const { version } = await read(documents, 'things/a');
    const update = (fields: Record<string, unknown>): Write => ({ type: 'update', path: 'things/a', fields, version });
    await documents.commit([update({ map: { y: 2 } })]);
    expect((await read(documents, 'things/a')).data).toEqual({ map: { y: 2 }, keep: 1 });
    await expect(documents.commit([update({ keep: 2 })])).rejects.toMatchObject({ code: 'conflict' });
  });

  it('tells the versions that a commit made', async () => {
    const documents = fresh();
    const versions = await documents.commit([create('things/a'), create('things/b')]);
    expect(versions).toEqual([
      (await read(documents, 'things/a')).version,
      (await read(documents, 'things/b')).version,
    ]);
  });

  it('neither changes nor deletes what is not there', async () => {
    const documents = fresh();
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
  });

  it('deletes the version that was read, and of no other', async () => {
    const documents = fresh();
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
  });

  it('lets one of many win', async () => {
    const documents = fresh();
    await documents.commit([create('things/a', { by: null })]);
    const { version } = await read(documents, 'things/a');
    const tries = await Promise.allSettled(
      Array.from(
        { length: 8 },
        async (_, by) => await documents.commit([{ type: 'update', path: 'things/a', fields: { by }, version }]),
      ),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses what it cannot hold', async () => {
    const documents = fresh();
    await expect(documents.commit([create('things/a', { x: undefined })])).rejects.toThrow();
    await expect(documents.commit([create('things/b', { x: [[1]] })])).rejects.toThrow();
  });

  it('finds by equal fields, nested ones too, in one collection alone', async () => {
    const documents = fresh();
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
  });

  it('finds in all collections of a name, up to a value of a nested field that is there', async () => {
    const documents = fresh();
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
  });

  it('orders by a field that is there, and goes on after a value', async () => {
    const documents = fresh();
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
  });

  it('keeps the version of what a write did not change', async () => {
    const documents = fresh();
    await documents.commit([create('things/a', { x: 1, at: noon })]);
    const { version } = await read(documents, 'things/a');
    await documents.commit([{ type: 'update', path: 'things/a', fields: { x: 1, at: noon }, version }]);
    expect((await read(documents, 'things/a')).version).toEqual(version);
  });
});
