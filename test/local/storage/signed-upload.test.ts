import { describe, expect, it, vi } from 'vitest';
import { createSignedUpload } from '../../../shared/logs/signed-upload.ts';
import { googleBucket } from '../../support/google-storage-client.ts';
import { bucket, errorCodeOf, signer, startTestStorage } from '../../support/storage.ts';
import { createManualClock } from '../../world/clock.ts';

const name = "signals/it's/1/result.json";
const contentType = 'application/json';

async function setUp() {
  const clock = createManualClock(new Date(Math.floor(Date.now() / 1000) * 1000));
  const storage = await startTestStorage({ clock });
  const now = clock.now();
  const options = { signer, endpoint: storage.url, bucket, name, contentType, maxBytes: 10, now };
  const upload = await createSignedUpload({ ...options, expiresAt: new Date(now.getTime() + 60_000) });
  const put = async (body: string, headers: Readonly<Record<string, string>> = upload.headers, url = upload.url) => {
    const answer = await fetch(url, { method: 'PUT', body, headers });
    return [answer.status, errorCodeOf(await answer.text())];
  };
  return { storage, clock, upload, put };
}

describe('the right to write an object once', () => {
  it('is the URL that Google’s own client makes for the same', async () => {
    const { storage, clock, upload } = await setUp();
    vi.useFakeTimers({ now: clock.now(), toFake: ['Date'] });
    try {
      const { 'content-type': _, ...extensionHeaders } = upload.headers;
      const [url] = await googleBucket(storage.url)
        .file(name)
        .getSignedUrl({
          version: 'v4',
          action: 'write',
          expires: clock.now().getTime() + 60_000,
          contentType,
          extensionHeaders,
        });
      expect(new URL(upload.url).searchParams.get('X-Goog-Signature')).toBe(
        new URL(url).searchParams.get('X-Goog-Signature'),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends with the first write, whoever comes after', async () => {
    const { storage, put } = await setUp();
    expect(await put('{"a":1}')).toEqual([200, undefined]);
    expect(await put('{"a":2}')).toEqual([412, 'PreconditionFailed']);
    const stored = await storage.store.read(name, { maxBytes: 100 });
    expect(Buffer.from(stored?.bytes ?? []).toString()).toBe('{"a":1}');
  });

  it('is for this object, this size, this type and this while', async () => {
    const { clock, upload, put } = await setUp();
    expect(await put('12345678901')).toEqual([400, 'EntityTooLarge']);
    const { 'x-goog-if-generation-match': _, ...without } = upload.headers;
    expect((await put('{}', without))[0]).toBe(400);
    expect((await put('{}', { ...upload.headers, 'x-goog-if-generation-match': '1' }))[0]).toBe(403);
    expect((await put('{}', { ...upload.headers, 'content-type': 'text/html' }))[0]).toBe(403);
    expect((await put('{}', upload.headers, upload.url.replace('result.json', 'other.json')))[0]).toBe(403);
    clock.advance(60_000);
    expect(await put('{}')).toEqual([400, 'ExpiredToken']);
  });
});
