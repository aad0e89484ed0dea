import type { GetFilesResponse } from '@google-cloud/storage';
import { describe, expect, it } from 'vitest';
import { googleBucket } from '../../support/google-storage-client.ts';
import { bucket, jsonToken, startTestStorage } from '../../support/storage.ts';

describe("the local storage under Google's own client", () => {
  it('stores an object and gives it back with what was said about it', async () => {
    const { url, errors } = await startTestStorage();
    const file = googleBucket(url).file('logs/a b/ü.log');
    const content = Buffer.from([0, 255, 10, 13, 128]);

    await file.save(content, { resumable: false, metadata: { contentType: 'text/x', metadata: { run: 'r1' } } });
    const [metadata] = await file.getMetadata();
    // The client checks the CRC-32C that it is told against what came.
    const [read] = await file.download();

    expect(read).toEqual(content);
    expect(metadata).toMatchObject({
      kind: 'storage#object',
      id: `${bucket}/logs/a b/ü.log/${String(metadata.generation)}`,
      name: 'logs/a b/ü.log',
      bucket,
      contentType: 'text/x',
      metadata: { run: 'r1' },
      size: '5',
      timeCreated: '2026-11-22T10:00:00.000Z',
      generation: '1795341600000000',
      metageneration: '1',
    });
    expect(errors).toEqual([]);
  });

  it('reads parts of an object', async () => {
    const { url } = await startTestStorage();
    const file = googleBucket(url).file('digits');
    await file.save('0123456789', { resumable: false });

    const [middle] = await file.download({ start: 2, end: 4 });
    const [tail] = await file.download({ start: 8 });
    const [last] = await file.download({ end: -3 });

    expect([middle, tail, last].map(String)).toEqual(['234', '89', '789']);
  });

  it('unpacks and checks what is stored gzipped', async () => {
    const { url } = await startTestStorage();
    const file = googleBucket(url).file('build.log');

    await file.save('line\n'.repeat(1000), { resumable: false, gzip: true });
    const [metadata] = await file.getMetadata();
    const [read] = await file.download();

    expect(metadata.contentEncoding).toBe('gzip');
    expect(Number(metadata.size)).toBeLessThan(1000);
    expect(read.toString()).toBe('line\n'.repeat(1000));
  });

  it('lists by prefix, by folder and in pages', async () => {
    const { url } = await startTestStorage();
    const bucketOf = googleBucket(url);
    for (const name of ['b/2', 'a', 'b/1', 'b/c/1', 'c', 'b/', 'ba']) {
      await bucketOf.file(name).save('x', { resumable: false });
    }
    const names = async (query: object): Promise<string[]> => {
      const [files] = await bucketOf.getFiles(query);
      return files.map((file) => file.name);
    };

    expect(await names({})).toEqual(['a', 'b/', 'b/1', 'b/2', 'b/c/1', 'ba', 'c']);
    expect(await names({ prefix: 'b/' })).toEqual(['b/', 'b/1', 'b/2', 'b/c/1']);
    expect(await names({ prefix: 'b/', startOffset: 'b/2' })).toEqual(['b/2', 'b/c/1']);
    expect(await names({ endOffset: 'b/2' })).toEqual(['a', 'b/', 'b/1']);
    const pages: string[][] = [];
    for (let query: object | null = { maxResults: 3, autoPaginate: false }; query !== null;) {
      const page: GetFilesResponse = await bucketOf.getFiles(query);
      pages.push(page[0].map((file) => file.name));
      query = page[1] ?? null;
    }
    expect(pages).toEqual([['a', 'b/', 'b/1'], ['b/2', 'b/c/1', 'ba'], ['c']]);
    const [files, , answer] = await bucketOf.getFiles({ prefix: 'b', delimiter: '/', autoPaginate: false });
    expect(files.map((file) => file.name)).toEqual(['ba']);
    expect(answer).toMatchObject({ prefixes: ['b/'] });
  });

  it('says what is there and what is not, and forgets what is deleted', async () => {
    const { url } = await startTestStorage();
    const file = googleBucket(url).file('a');

    const before = await file.exists();
    await file.save('x', { resumable: false });
    const there = await file.exists();
    await file.delete();
    const after = await file.exists();

    expect([before, there, after]).toEqual([[false], [true], [false]]);
    await expect(file.download()).rejects.toMatchObject({ code: 404 });
    await expect(file.delete()).rejects.toMatchObject({ code: 404 });
  });

  it('holds a write to its precondition', async () => {
    const { url } = await startTestStorage();
    const file = googleBucket(url).file('a');
    const once = { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } };

    await file.save('first', once);

    await expect(file.save('second', once)).rejects.toMatchObject({ code: 412 });
    expect(String(await file.download())).toBe('first');
  });

  it('is closed to everybody without the token', async () => {
    const { url } = await startTestStorage();
    const object = `${url}/storage/v1/b/${bucket}/o/a`;

    const anonymous = await fetch(object);
    const wrong = await fetch(object, { headers: { authorization: `Bearer ${jsonToken.slice(0, -1)}x` } });
    const upload = await fetch(`${url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=a`, {
      method: 'POST',
      body: 'mine',
    });

    expect([anonymous.status, wrong.status, upload.status]).toEqual([401, 401, 401]);
    expect(await wrong.json()).toEqual({
      error: {
        code: 401,
        message: 'Invalid Credentials',
        errors: [
          {
            message: 'Invalid Credentials',
            domain: 'global',
            reason: 'required',
            locationType: 'header',
            location: 'Authorization',
          },
        ],
      },
    });
    await expect(googleBucket(url, { token: 'another' }).file('a').getMetadata()).rejects.toMatchObject({ code: 401 });
  });

  it('is closed to everybody if it has no token', async () => {
    const { url } = await startTestStorage({ jsonToken: '' });

    const answer = await fetch(`${url}/storage/v1/b/${bucket}/o`, { headers: { authorization: 'Bearer ' } });

    expect(answer.status).toBe(401);
  });

  it('names what it does not do', async () => {
    const { url } = await startTestStorage();
    const headers = { authorization: `Bearer ${jsonToken}` };

    const buckets = await fetch(`${url}/storage/v1/b`, { headers });
    const resumable = await fetch(`${url}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=a`, {
      method: 'POST',
      headers,
    });
    const noBucket = await fetch(`${url}/storage/v1/b/nobody-s-bucket/o`, { headers });

    expect([buckets.status, resumable.status, noBucket.status]).toEqual([501, 501, 404]);
  });
});
