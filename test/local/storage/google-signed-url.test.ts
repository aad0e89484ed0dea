import type { File } from '@google-cloud/storage';
import { describe, expect, it, vi } from 'vitest';
import { googleBucket } from '../../support/google-storage-client.ts';
import { createManualClock } from '../../world/clock.ts';
import { errorCodeOf, startTestStorage, type TestStorage } from '../../support/storage.ts';

const name = "logs/it's (1)/ü&b=c.log";

describe("a signed URL of Google's own client", () => {
  const start = async (): Promise<{ storage: TestStorage; file: File }> => {
    const storage = await startTestStorage({ clock: createManualClock(new Date()) });
    return { storage, file: googleBucket(storage.url).file(name) };
  };
  const expires = (): number => Date.now() + 60_000;

  it('uploads, reads and deletes', async () => {
    const { storage, file } = await start();
    const [write] = await file.getSignedUrl({
      version: 'v4',
      action: 'write',
      expires: expires(),
      contentType: 'text/x',
    });
    const [read] = await file.getSignedUrl({
      version: 'v4',
      action: 'read',
      expires: expires(),
      responseDisposition: 'attachment; filename="x y.log"',
      responseType: 'text/y',
    });
    const [remove] = await file.getSignedUrl({ version: 'v4', action: 'delete', expires: expires() });

    const put = await fetch(write, { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/x' } });
    const got = await fetch(read);
    const otherType = await fetch(write, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/html' } });
    const deleted = await fetch(remove, { method: 'DELETE' });
    const gone = await fetch(read);

    expect(put.status).toBe(200);
    expect([got.status, await got.text(), got.headers.get('content-type')]).toEqual([200, 'hello', 'text/y']);
    expect(got.headers.get('content-disposition')).toBe('attachment; filename="x y.log"');
    expect(otherType.status).toBe(403);
    expect([deleted.status, gone.status]).toEqual([204, 404]);
    expect(storage.errors).toEqual([]);
  });

  it('holds an upload to its preconditions and its size', async () => {
    const { file } = await start();
    const headers = { 'x-goog-if-generation-match': '0', 'x-goog-content-length-range': '2,5' };
    const [url] = await file.getSignedUrl({
      version: 'v4',
      action: 'write',
      expires: expires(),
      extensionHeaders: headers,
    });
    const put = async (body: string, sent: Record<string, string>): Promise<unknown[]> => {
      const answer = await fetch(url, { method: 'PUT', body, headers: sent });
      return [answer.status, errorCodeOf(await answer.text())];
    };

    expect(await put('hello', {})).toEqual([400, 'MalformedSecurityHeader']);
    expect(await put('hello', { ...headers, 'x-goog-if-generation-match': '1' })).toEqual([
      403,
      'SignatureDoesNotMatch',
    ]);
    expect(await put('h', headers)).toEqual([400, 'EntityTooSmall']);
    expect(await put('hello!', headers)).toEqual([400, 'EntityTooLarge']);
    expect(await put('hello', headers)).toEqual([200, undefined]);
    expect(await put('again', headers)).toEqual([412, 'PreconditionFailed']);
  });

  it('expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-22T10:00:00Z') });
    const storage = await startTestStorage();
    const file = googleBucket(storage.url).file(name);
    const [url] = await file.getSignedUrl({ version: 'v4', action: 'read', expires: expires() });
    vi.useRealTimers();

    const before = await fetch(url);
    storage.clock.advance(60_000);
    const after = await fetch(url);

    expect(before.status).toBe(404);
    expect([after.status, errorCodeOf(await after.text())]).toEqual([400, 'ExpiredToken']);
  });
});
