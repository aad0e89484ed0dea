import { request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createSignedUrl } from '../../../shared/google/signed-url.ts';
import { bucket, errorCodeOf, signer, startTestStorage, type TestStorage } from '../../support/storage.ts';

const plain = Buffer.from('0123456789');

describe('a download from the local storage', () => {
  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=-20', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=8-100', 206, '89', 'bytes 8-9/10'],
    ['bytes=10-', 416, null, 'bytes */10'],
    ['bytes=-0', 416, null, 'bytes */10'],
    ['bytes=5-4', 200, '0123456789', undefined],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
  ])('answers the range %s with %i', async (range, status, content, contentRange) => {
    const storage = await startTestStorage();
    await storage.store.write('digits', plain, { contentType: 'text/plain' });

    const answer = await get(storage, 'digits', { range });

    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
    if (content === null) expect(errorCodeOf(answer.body.toString())).toBe('InvalidRange');
    else expect([answer.body.toString(), answer.headers['content-length']]).toEqual([content, String(content.length)]);
  });

  it('has nothing for a range of an empty object', async () => {
    const storage = await startTestStorage();
    await storage.store.write('empty', Buffer.alloc(0), { contentType: 'text/plain' });

    const whole = await get(storage, 'empty', {});
    const range = await get(storage, 'empty', { range: 'bytes=0-' });

    expect([whole.status, whole.body.length, range.status]).toEqual([200, 0, 416]);
  });

  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.8', true],
    ['*', true],
    ['identity', false],
    ['gzip;q=0, deflate', false],
    [undefined, false],
  ])('sends a gzipped object to a client with Accept-Encoding %s as it is: %s', async (accepted, asItIs) => {
    const storage = await startTestStorage();
    await storage.store.write('build.log', gzipSync(plain), { contentType: 'text/plain', contentEncoding: 'gzip' });

    const answer = await get(storage, 'build.log', accepted === undefined ? {} : { 'accept-encoding': accepted });

    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBe(asItIs ? 'gzip' : undefined);
    expect(answer.headers['content-length'] === undefined).toBe(!asItIs);
    expect(answer.headers['x-goog-stored-content-encoding']).toBe('gzip');
    expect(answer.headers['vary']).toBe('Accept-Encoding');
    expect(asItIs ? gunzipSync(answer.body) : answer.body).toEqual(plain);
  });

  it('ignores a range where it unpacks', async () => {
    const storage = await startTestStorage();
    await storage.store.write('build.log', gzipSync(plain), { contentType: 'text/plain', contentEncoding: 'gzip' });

    const unpacked = await get(storage, 'build.log', { range: 'bytes=0-3' });
    const packed = await get(storage, 'build.log', { range: 'bytes=0-3', 'accept-encoding': 'gzip' });

    expect([unpacked.status, unpacked.body]).toEqual([200, plain]);
    expect([packed.status, packed.body]).toEqual([206, gzipSync(plain).subarray(0, 4)]);
  });

  it('breaks off where an object says gzip and is not', async () => {
    const storage = await startTestStorage();
    await storage.store.write('build.log', plain, { contentType: 'text/plain', contentEncoding: 'gzip' });

    await expect(get(storage, 'build.log', {})).rejects.toThrow();
  });

  it('is spared a client that has the object already', async () => {
    const storage = await startTestStorage();
    await storage.store.write('digits', plain, { contentType: 'text/plain' });

    const first = await get(storage, 'digits', {});
    const again = await get(storage, 'digits', { 'if-none-match': String(first.headers['etag']) });

    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('reads to its end what is replaced meanwhile', async () => {
    const storage = await startTestStorage();
    const old = Buffer.alloc(8 * 1024 * 1024, 'a');
    await storage.store.write('big', old, { contentType: 'text/plain' });

    const response = await fetch(await urlOf(storage, 'big'));
    await storage.store.write('big', Buffer.from('new'), { contentType: 'text/plain' });
    const read = Buffer.from(await response.arrayBuffer());

    expect(read.equals(old)).toBe(true);
    expect(await (await fetch(await urlOf(storage, 'big'))).text()).toBe('new');
  });
});

async function urlOf(storage: TestStorage, name: string): Promise<string> {
  return await createSignedUrl({ signer, endpoint: storage.url, bucket, name, now: storage.clock.now() });
}

/** Not by fetch(), which asks for gzip by itself. */
async function get(
  storage: TestStorage,
  name: string,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }> {
  const url = await urlOf(storage, name);
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers, agent: false }, (response) => {
      buffer(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body });
      }, reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
