import { expect } from 'vitest';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import { startTestStorage } from '../support/storage.ts';
import { createMemoryObjects } from '../world/objects.ts';
import { noon } from '../support/sample-run.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

const plain = { contentType: 'text/plain' };
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = async (store: ObjectStore, name: string, options?: Parameters<ObjectStore['read']>[1]) => {
  const content = await store.read(name, options);
  return content === null ? null : Buffer.from(content.bytes).toString();
};

const promises: Promises<ObjectStore> = {
  'gives back what was written, and null for what was not': async (store) => {
    await store.write('a/b c/ü', bytes('größe'), plain);
    expect(await textOf(store, 'a/b c/ü')).toBe('größe');
    expect(await store.read('a/b c/ü')).toMatchObject({ size: 7, modifiedAt: expect.any(Date) });
    expect(await store.read('a/b c')).toBeNull();
  },

  'replaces a whole object': async (store) => {
    await store.write('a', bytes('long before'), plain);
    await store.write('a', bytes('now'), plain);
    expect(await textOf(store, 'a')).toBe('now');
  },

  'takes content in pieces, and keeps nothing of one that breaks off': async (store) => {
    async function* pieces(fails: boolean): AsyncGenerator<Uint8Array> {
      yield bytes('one ');
      await Promise.resolve();
      if (fails) throw new Error('breaks off');
      yield bytes('two');
    }
    await store.write('whole', pieces(false), plain);
    expect(await textOf(store, 'whole')).toBe('one two');
    await expect(store.write('half', pieces(true), plain)).rejects.toThrow();
    expect(await store.read('half')).toBeNull();
  },

  'reads ranges, of which one beyond the end is empty': async (store) => {
    await store.write('a', bytes('0123456789'), plain);
    expect(await textOf(store, 'a', { start: 2, end: 5 })).toBe('234');
    expect(await textOf(store, 'a', { start: 8 })).toBe('89');
    expect(await textOf(store, 'a', { end: 100 })).toBe('0123456789');
    expect(await store.read('a', { start: 10 })).toMatchObject({ size: 10, bytes: new Uint8Array() });
    expect(await store.read('a', { start: 2, end: 3 })).toMatchObject({ size: 10 });
    for (const end of [2, 1]) await expect(store.read('a', { start: 2, end })).rejects.toThrow(RangeError);
  },

  'reads no more than it was allowed': async (store) => {
    await store.write('a', bytes('0123456789'), plain);
    expect(await textOf(store, 'a', { maxBytes: 10 })).toBe('0123456789');
    await expect(store.read('a', { maxBytes: 9 })).rejects.toMatchObject({ code: 'payload-too-large' });
  },

  'unpacks what is stored packed': async (store) => {
    const { gzipSync } = await import('node:zlib');
    await store.write('a', new Uint8Array(gzipSync('packed')), { ...plain, contentEncoding: 'gzip' });
    expect(await textOf(store, 'a')).toBe('packed');
  },

  'lists in the order of names, after one, and so many': async (store) => {
    for (const name of ['p/10', 'p/9', 'p/1', 'q/1', 'p/2', 'p']) await store.write(name, bytes(name), plain);
    const names = async (...list: Parameters<ObjectStore['list']>) =>
      (await store.list(...list)).map(({ name }) => name);
    expect(await names('p/')).toEqual(['p/1', 'p/10', 'p/2', 'p/9']);
    expect(await names('p/', { after: 'p/10' })).toEqual(['p/2', 'p/9']);
    expect(await names('p/', { after: 'p/11', limit: 1 })).toEqual(['p/2']);
    expect(await names('none')).toEqual([]);
    expect(await store.list('q/')).toEqual([{ name: 'q/1', size: 3, modifiedAt: expect.any(Date) }]);
  },
};

keepsPromises('the model', promises, async () => await Promise.resolve(createMemoryObjects(() => noon)));
keepsPromises('the stand-in', promises, async () => (await startTestStorage()).store);

const wrong = (change: (objects: ReturnType<typeof createMemoryObjects>) => Partial<ObjectStore>) => () => {
  const objects = createMemoryObjects(() => noon);
  return { ...objects, ...change(objects) };
};
findsFaults(promises, {
  'that lists without order': wrong((objects) => ({
    list: async (...list) => (await objects.list(...list)).toReversed(),
  })),
  'that lists the one before': wrong((objects) => ({
    list: async (prefix, options) => await objects.list(prefix, { limit: options?.limit }),
  })),
  'that has no bounds': wrong((objects) => ({
    read: async (name, options = {}) => await objects.read(name, { start: options.start, end: options.end }),
  })),
  'that tells the size of what was read': wrong((objects) => ({
    read: async (name, options) => {
      const content = await objects.read(name, options);
      return content === null ? null : { ...content, size: content.bytes.length };
    },
  })),
});
