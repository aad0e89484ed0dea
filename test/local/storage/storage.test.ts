import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ObjectResource } from '../../../local/storage/object-resource.ts';
import { startStorage } from '../../../local/storage/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { bucket, errorCodeOf, startTestStorage } from '../../support/storage.ts';

describe('the local storage', () => {
  it('keeps its objects between two starts', async () => {
    const dir = temporaryFolder();
    const first = await startTestStorage({ dir });
    await first.store.write('a', Buffer.from('hello'), { contentType: 'text/plain' });
    await first.stop();

    const second = await startTestStorage({ dir });

    expect(Buffer.from((await second.store.read('a'))?.bytes ?? []).toString()).toBe('hello');
    await expect(first.store.read('a')).rejects.toMatchObject({ code: 'storage-unavailable' });
  });

  it('tells of each object when it is there', async () => {
    const told: ObjectResource[] = [];
    const { store } = await startTestStorage({ onFinalize: (object) => void told.push(object) });

    await store.write('signals/a', Buffer.from('one'), { contentType: 'application/json' });
    await store.write('signals/a', Buffer.from('three'), { contentType: 'application/json' });
    await store.read('signals/a');

    expect(told.map(({ bucket: where, name, size }) => [where, name, size])).toEqual([
      [bucket, 'signals/a', '3'],
      [bucket, 'signals/a', '5'],
    ]);
    expect(told[0]).toMatchObject({ kind: 'storage#object', contentType: 'application/json', metageneration: '1' });
  });

  it('takes an object even if nobody can be told', async () => {
    const { store, errors } = await startTestStorage({
      onFinalize: () => {
        throw new Error('no topic');
      },
    });

    await store.write('a', Buffer.from('one'), { contentType: 'text/plain' });

    expect(await store.read('a')).toMatchObject({ size: 3 });
    expect(errors).toMatchObject([{ message: 'no topic' }]);
  });

  it('waits at its end for what it has told', async () => {
    let told = false;
    const { store, stop } = await startTestStorage({
      onFinalize: async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
        told = true;
      },
    });
    await store.write('a', Buffer.from('one'), { contentType: 'text/plain' });

    await stop();

    expect(told).toBe(true);
  });

  it('ends at once, also with connections open', async () => {
    const { url, stop } = await startTestStorage();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('PUT /a/b HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf of it');
    await new Promise((resolve) => {
      socket.once('connect', resolve);
    });
    const closed = new Promise((resolve) => {
      socket.on('error', () => undefined).once('close', resolve);
    });

    await stop();

    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('refuses what is no request to it', async () => {
    const { url, errors } = await startTestStorage();
    const ask = async (method: string, path: string): Promise<[number, string | undefined]> => {
      const answer = await fetch(`${url}${path}`, { method });
      return [answer.status, errorCodeOf(await answer.text())];
    };

    expect(await ask('GET', '/')).toEqual([403, 'AccessDenied']);
    expect(await ask('GET', '/a/%ff')).toEqual([400, 'InvalidArgument']);
    expect(await ask('GET', '/a?x=%')).toEqual([400, 'InvalidArgument']);
    expect(await ask('PATCH', `/${bucket}/a`)).toEqual([405, 'MethodNotAllowed']);
    expect(await ask('POST', `/${bucket}/a`)).toEqual([405, 'MethodNotAllowed']);
    expect(await ask('POST', '/')).toEqual([400, 'InvalidArgument']);
    expect(errors).toEqual([]);
  });

  it.each(['storage', 'uploads', 'A', 'a/b', '..'])('does not start with a bucket named %s', async (name) => {
    const start = startStorage({ dir: temporaryFolder(), buckets: [name], clientEmail: 'a', publicKey: 'b' });

    await expect(start).rejects.toThrow("not a bucket's name");
  });
});
