import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { contentDisposition, createSignedUrl } from '../../../shared/google/signed-url.ts';
import { googleBucket } from '../../support/google-storage-client.ts';
import { bucket, signer, start, startTestStorage } from '../../support/storage.ts';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed());
const optional = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: undefined });

describe('a signed URL', () => {
  it("has the address, the parameters and the signature that Google's own client gives it", async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    const endpoint = 'https://storage.googleapis.com';
    const google = googleBucket(endpoint);

    await fc.assert(
      fc.asyncProperty(
        name.filter((text) => !/^\/|\/\/|(^|\/)\.{1,2}(\/|$)/.test(text)),
        fc.integer({ min: 1, max: 604_800 }),
        optional,
        optional,
        async (object, expiresInSeconds, contentType, disposition) => {
          const [theirs] = await google.file(object).getSignedUrl({
            version: 'v4',
            action: 'read',
            expires: start.getTime() + expiresInSeconds * 1000,
            ...(contentType === undefined ? {} : { responseType: contentType }),
            ...(disposition === undefined ? {} : { responseDisposition: disposition }),
          });
          const ours = await createSignedUrl({
            signer,
            endpoint,
            bucket,
            name: object,
            now: start,
            expiresInSeconds,
            contentType,
            contentDisposition: disposition,
          });

          expect(parts(ours)).toEqual(parts(theirs));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('opens its object at the storage, whatever its name', async () => {
    const storage = await startTestStorage();

    await fc.assert(
      // Paths with dots for folders are tidied by whoever sends a URL: no object of ours has such a name.
      fc.asyncProperty(
        name.filter((text) => !/[\r\n]|(^|\/)\.{1,2}(\/|$)/.test(text)),
        async (object) => {
          await storage.store.write(object, Buffer.from(`content of ${object}`), { contentType: 'text/plain' });
          const url = await storage.store.signedUrl(object, { filename: object, disposition: 'inline' });
          const answer = await fetch(url);
          expect(await answer.text()).toBe(`content of ${object}`);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is good for ten minutes if nothing else is said', async () => {
    const storage = await startTestStorage();
    await storage.store.write('a', Buffer.from('x'), { contentType: 'text/plain' });
    const url = await storage.store.signedUrl('a');

    storage.clock.advance(599_000);
    const before = await fetch(url);
    storage.clock.advance(1_000);
    const after = await fetch(url);

    expect([before.status, after.status]).toEqual([200, 400]);
  });

  it.each([0, -1, 1.5, 604_801, Number.NaN])('is not made for %d seconds', async (expiresInSeconds) => {
    const url = createSignedUrl({
      signer,
      endpoint: 'https://a.example',
      bucket,
      name: 'a',
      now: start,
      expiresInSeconds,
    });

    await expect(url).rejects.toThrow(RangeError);
  });
});

describe('a content disposition', () => {
  it.each([
    ['build.log', 'inline; filename="build.log"'],
    ['a b', 'inline; filename="a b"'],
    ['a"b\\c\r\nd', `inline; filename="a_b_c__d"; filename*=UTF-8''a%22b%5Cc%0D%0Ad`],
    ['ü.log', `inline; filename="_.log"; filename*=UTF-8''%C3%BC.log`],
    ["it's 100%", `inline; filename="it's 100_"; filename*=UTF-8''it%27s%20100%25`],
  ])('survives the file name %j', (filename, expected) => {
    expect(contentDisposition('inline', filename)).toBe(expected);
  });
});

/** A URL's parts, the parameters by name: Google's client has them in another order, which says nothing. */
function parts(url: string): unknown {
  const question = url.indexOf('?');
  return [
    url.slice(0, question),
    url
      .slice(question + 1)
      .split('&')
      .sort(),
  ];
}
