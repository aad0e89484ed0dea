import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { objectsOf } from '../../../shared/google/outside.ts';
import { systemClock, systemRandom } from '../../../shared/clock.ts';
import { createObjectStore } from '../../../shared/google/object-store.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { withTally } from '../../../shared/tally.ts';
import { startServer } from '../../support/http-server.ts';
import { createManualClock, type ManualClock } from '../../world/clock.ts';
import { createMemoryObjects } from '../../world/objects.ts';
import { bucket, clientEmail, jsonToken, signer, start, startTestStorage } from '../../support/storage.ts';

const kinds: readonly (readonly [string, () => Promise<ObjectStore>])[] = [
  ['the bucket', async () => (await startTestStorage()).store],
  ['memory', async () => await Promise.resolve(createMemoryObjects(() => start))],
];

describe.each(kinds)('objects in %s', (_kind, open) => {
  const write = async (store: ObjectStore, name: string, text: string): Promise<void> => {
    await store.write(name, Buffer.from(text), { contentType: 'text/plain' });
  };
  const read = async (store: ObjectStore, name: string, range?: { start?: number; end?: number }): Promise<unknown> => {
    const content = await store.read(name, range);
    return content === null ? null : [Buffer.from(content.bytes).toString(), content.size];
  };

  it('are read as they were written last', async () => {
    const store = await open();
    await write(store, 'logs/a b/ü+?#%.log', 'one');
    await write(store, 'logs/a b/ü+?#%.log', 'two!');

    const content = await store.read('logs/a b/ü+?#%.log');

    expect(content).toMatchObject({ size: 4, modifiedAt: start });
    expect(await read(store, 'logs/a b/ü+?#%.log')).toEqual(['two!', 4]);
    expect(await read(store, 'other')).toBeNull();
  });

  it('are read in parts', async () => {
    const store = await open();
    await write(store, 'a', '0123456789');

    expect(await read(store, 'a', { start: 2, end: 5 })).toEqual(['234', 10]);
    expect(await read(store, 'a', { start: 8 })).toEqual(['89', 10]);
    expect(await read(store, 'a', { end: 2 })).toEqual(['01', 10]);
    expect(await read(store, 'a', { start: 5, end: 50 })).toEqual(['56789', 10]);
    expect(await read(store, 'a', { start: 10 })).toEqual(['', 10]);
    expect(await read(store, 'none', { start: 2 })).toBeNull();
  });

  it('may be empty', async () => {
    const store = await open();
    await write(store, 'a', '');

    expect(await read(store, 'a')).toEqual(['', 0]);
    expect(await read(store, 'a', { end: 1 })).toEqual(['', 0]);
  });

  it('are written as they come', async () => {
    const store = await open();
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      for (const text of ['a', 'bc', '', 'd']) yield await Promise.resolve(Buffer.from(text));
    };

    await store.write('a', pieces(), { contentType: 'text/plain' });

    expect(await read(store, 'a')).toEqual(['abcd', 4]);
  });

  it('are listed in order, from any place and as many as wanted', async () => {
    const store = await open();
    for (const name of ['b/2', 'b/10', 'a', 'b/1', 'c']) await write(store, name, name);
    const names = async (options?: { after?: string; limit?: number }): Promise<string[]> =>
      (await store.list('b/', options)).map(({ name }) => name);

    expect(await store.list('b/')).toEqual([
      { name: 'b/1', size: 3, modifiedAt: start },
      { name: 'b/10', size: 4, modifiedAt: start },
      { name: 'b/2', size: 3, modifiedAt: start },
    ]);
    expect(await names({ after: 'b/10' })).toEqual(['b/2']);
    expect(await names({ after: 'b/11' })).toEqual(['b/2']);
    expect(await names({ after: 'b/2' })).toEqual([]);
    expect(await names({ limit: 2 })).toEqual(['b/1', 'b/10']);
    expect(await names({ after: 'b/1', limit: 1 })).toEqual(['b/10']);
    expect(await store.list('d')).toEqual([]);
  });
});

describe('objects in the bucket', () => {
  it('are unpacked if they are stored gzipped', async () => {
    const { store } = await startTestStorage();
    const packed = new Uint8Array(gzipSync('line\n'.repeat(100)));
    await store.write('build.log', packed, { contentType: 'text/plain', contentEncoding: 'gzip' });

    const whole = await store.read('build.log');
    const part = await store.read('build.log', { start: 5, end: 9 });

    expect([whole?.size, Buffer.from(whole?.bytes ?? []).toString()]).toEqual([500, 'line\n'.repeat(100)]);
    expect(Buffer.from(part?.bytes ?? []).toString()).toBe('line');
  });

  it('are not read beyond a limit, packed or not', async () => {
    const { store } = await startTestStorage();
    await store.write('a', Buffer.alloc(1001), { contentType: 'text/plain' });
    await store.write('b', new Uint8Array(gzipSync(Buffer.alloc(1_000_000))), {
      contentType: 'text/plain',
      contentEncoding: 'gzip',
    });

    await expect(store.read('a', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'payload-too-large' });
    await expect(store.read('b', { maxBytes: 10_000 })).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(await store.read('a', { maxBytes: 1001 })).toMatchObject({ size: 1001 });
  });

  it('do not appear if their content breaks off', async () => {
    const { store } = await startTestStorage();
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.alloc(100_000));
      throw new Error('no more');
    };

    await expect(store.write('a', pieces(), { contentType: 'text/plain' })).rejects.toMatchObject({
      code: 'storage-unavailable',
    });

    expect(await store.list('')).toEqual([]);
  });

  it('are those that a function is set to use', async () => {
    const { url, store } = await startTestStorage();
    await store.write('a', Buffer.from('x'), { contentType: 'text/plain' });
    const settings = { YB_LOG_BUCKET: bucket, YB_STORAGE_ENDPOINT: url, YB_SIGNING_EMAIL: clientEmail };
    const token = async (): Promise<string> => await Promise.resolve('not this one');

    const local = objectsOf({ ...settings, YB_STORAGE_TOKEN: jsonToken }, token, systemClock);
    const cloud = objectsOf(settings, async () => await Promise.resolve(jsonToken), systemClock);

    expect(await local.read('a')).toMatchObject({ size: 1 });
    expect(await cloud.read('a')).toMatchObject({ size: 1 });
  });

  it('are counted as what they cost', async () => {
    const { store } = await startTestStorage();

    const calls = await withTally(async (tally) => {
      await store.write('a', Buffer.from('x'), { contentType: 'text/plain' });
      await store.read('a');
      await store.list('');
      return tally.calls;
    });

    expect(calls).toEqual({ storage: 3 });
  });
});

describe('a bucket in trouble', () => {
  const trouble = async (
    ...answers: readonly [status: number, body?: string][]
  ): Promise<{ store: ObjectStore; clock: ManualClock; paths: readonly string[] }> => {
    const paths: string[] = [];
    const server = await startServer((request, response) => {
      const [status, body = ''] = answers[Math.min(paths.length, answers.length - 1)] ?? [500];
      paths.push(request.path);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    onTestFinished(server.stop);
    const clock = createManualClock(start);
    const token = async (): Promise<string> => await Promise.resolve('token');
    const store = createObjectStore({
      bucket,
      endpoint: `http://${server.host}`,
      token,
      signer,
      clock,
      random: systemRandom,
    });
    return { store, clock, paths };
  };

  it('is asked twice for what is read', async () => {
    const reading = await trouble([503], [200, 'hello']);
    const listing = await trouble([429], [200, '{}']);

    expect(await reading.store.read('a')).toMatchObject({ size: 5 });
    expect(await listing.store.list('a')).toEqual([]);

    expect([reading.paths.length, listing.paths.length]).toEqual([2, 2]);
    expect(reading.clock.now().getTime()).toBeGreaterThan(start.getTime());
  });

  it('is not asked a third time, and not twice for what comes in pieces', async () => {
    const reading = await trouble([500]);
    const writing = await trouble([503]);
    const streaming = await trouble([503]);
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'));
    };

    await expect(reading.store.read('a')).rejects.toMatchObject({ code: 'storage-unavailable', retryable: true });
    await expect(writing.store.write('a', Buffer.from('x'), { contentType: 'x/y' })).rejects.toMatchObject({
      code: 'storage-unavailable',
    });

    await expect(streaming.store.write('a', pieces(), { contentType: 'x/y' })).rejects.toMatchObject({
      code: 'storage-unavailable',
    });

    expect([reading.paths.length, writing.paths.length, streaming.paths.length]).toEqual([2, 2, 1]);
  });

  it('is not asked again for what it refuses', async () => {
    const { store, paths } = await trouble([403]);

    await expect(store.read('a')).rejects.toMatchObject({ code: 'storage-refused', retryable: false });
    await expect(store.list('a')).rejects.toMatchObject({ code: 'storage-refused' });

    expect(paths).toHaveLength(2);
  });

  it('lists page by page, until it has enough', async () => {
    const page = (name: string, nextPageToken?: string): [number, string] => [
      200,
      JSON.stringify({ items: [{ name, size: '1', updated: start.toISOString() }], nextPageToken }),
    ];
    const { store, paths } = await trouble(page('a/1', 'p2'), [503], page('a/2', 'p3'), page('a/3'));

    const whole = await store.list('a/');
    const enough = await (await trouble(page('a/1', 'p2'), page('a/2', 'p3'))).store.list('a/', { limit: 2 });

    expect(whole.map(({ name }) => name)).toEqual(['a/1', 'a/2', 'a/3']);
    expect(enough.map(({ name }) => name)).toEqual(['a/1', 'a/2']);
    expect(paths.map((path) => new URLSearchParams(path.split('?')[1]).get('pageToken'))).toEqual([
      null,
      'p2',
      'p2',
      'p3',
    ]);
  });

  it('is not believed where the bytes are not those it sums up', async () => {
    const server = await startServer((_request, response) => {
      const headers = {
        'x-goog-hash': 'crc32c=AAAAAA==,md5=AAAAAAAAAAAAAAAAAAAAAA==',
        'x-goog-stored-content-encoding': 'identity',
      };
      response.writeHead(200, headers).end('changed on the way');
    });
    onTestFinished(server.stop);
    const token = async (): Promise<string> => await Promise.resolve('token');
    const endpoint = `http://${server.host}`;
    const clock = createManualClock(start);
    const store = createObjectStore({ bucket, endpoint, token, signer, clock, random: systemRandom });

    await expect(store.read('a')).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  it('is not believed where it tells nonsense', async () => {
    const { store } = await trouble([200, '{"items":[{"name":1}]}']);

    await expect(store.list('a')).rejects.toMatchObject({ code: 'storage-refused' });
  });
});
