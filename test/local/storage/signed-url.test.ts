import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSignedUrl } from '../../../shared/google/signed-url.ts';
import type { Signer } from '../../../shared/outside/signer.ts';
import {
  bucket,
  clientEmail,
  errorCodeOf,
  signer,
  startTestStorage,
  stranger,
  type TestStorage,
} from '../../support/storage.ts';

const name = "logs/it's (1)/ü&b=c.log";

describe('a V4 signed URL at the local storage', () => {
  let storage: TestStorage;

  beforeEach(async () => {
    storage = await startTestStorage();
    await storage.store.write(name, Buffer.from('hello\n'), { contentType: 'text/plain; charset=utf-8' });
  });

  const readUrl = async (more: Partial<Parameters<typeof createSignedUrl>[0]> = {}): Promise<string> =>
    await createSignedUrl({ signer, endpoint: storage.url, bucket, name, now: storage.clock.now(), ...more });

  it('reads the one object, with GET and with HEAD', async () => {
    const url = await readUrl();

    const got = await fetch(url);
    const headed = await fetch(url, { method: 'HEAD' });

    expect([got.status, await got.text()]).toEqual([200, 'hello\n']);
    expect(got.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect([headed.status, headed.headers.get('content-length'), await headed.text()]).toEqual([200, '6', '']);
  });

  it('sends the type and the disposition that were signed', async () => {
    const response = await fetch(
      await readUrl({ contentType: 'application/x-yb', contentDisposition: 'attachment; filename="a b.log"' }),
    );

    expect(response.headers.get('content-type')).toBe('application/x-yb');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a b.log"');
  });

  it('is refused from the second on in which it expires', async () => {
    const url = await readUrl({ expiresInSeconds: 60 });

    storage.clock.advance(59_999);
    const before = await fetch(url);
    storage.clock.advance(1);
    const after = await fetch(url);

    expect(before.status).toBe(200);
    expect(after.status).toBe(400);
    expect(await after.text()).toBe(
      "<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message>" +
        '<Details>The provided token has expired. Request signature expired at: 2026-11-22T10:01:00+00:00</Details></Error>',
    );
  });

  it('is refused long before its time, but not for clocks that differ a little', async () => {
    const soon = await fetch(await readUrl({ now: new Date(storage.clock.now().getTime() + 60_000) }));
    const later = await fetch(await readUrl({ now: new Date(storage.clock.now().getTime() + 3_600_000) }));

    expect(soon.status).toBe(200);
    expect([later.status, errorCodeOf(await later.text())]).toEqual([403, 'AccessDenied']);
  });

  it('is refused for another object, another bucket and another method', async () => {
    const url = await readUrl();

    const answers = await Promise.all([
      fetch(url.replace('.log?', '.txt?')),
      fetch(url.replace(`/${bucket}/`, '/another-bucket/')),
      fetch(url, { method: 'DELETE' }),
      fetch(url, { method: 'PUT', body: 'mine' }),
    ]);

    for (const answer of answers) {
      expect([answer.status, errorCodeOf(await answer.text())]).toEqual([403, 'SignatureDoesNotMatch']);
    }
    expect(await (await fetch(url)).text()).toBe('hello\n');
  });

  it('is refused if somebody else signed it', async () => {
    const otherKey = await fetch(await readUrl({ signer: stranger }));
    const otherName = await fetch(await readUrl({ signer: { ...signer, clientEmail: 'other@example.com' } }));

    expect([otherKey.status, errorCodeOf(await otherKey.text())]).toEqual([403, 'SignatureDoesNotMatch']);
    expect([otherName.status, errorCodeOf(await otherName.text())]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  it('shows the signer what should have been signed', async () => {
    const xml = await (await fetch(await readUrl({ signer: stranger }))).text();

    expect(xml).toContain('<StringToSign>GOOG4-RSA-SHA256\n20261122T100000Z\n20261122/auto/storage/goog4_request\n');
    expect(xml).toContain('<CanonicalRequest>GET\n/logs-of-tests/logs/it%27s%20%281%29/%C3%BC%26b%3Dc.log\n');
    expect(xml).toContain('\nhost:127.0.0.1\n\nhost\nUNSIGNED-PAYLOAD</CanonicalRequest>');
  });

  it('is refused with any byte of it altered', async () => {
    const url = await readUrl({ contentType: 'text/plain', contentDisposition: 'inline' });
    const start = url.indexOf('/', 'http://'.length);
    const meaning = (target: string): unknown => {
      try {
        const [path = '', ...query] = target.split('?');
        const pairs = query.join('?').replaceAll('+', ' ').split('&');
        // The signature's own name is all that is not signed, and its case is nobody's concern.
        const named = (pair: string) => decodeURIComponent(pair).replace(/^x-goog-signature=/i, 'X-Goog-Signature=');
        return [decodeURIComponent(path), pairs.filter(Boolean).map(named)];
      } catch {
        return null;
      }
    };
    const same = JSON.stringify(meaning(url.slice(start)));

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: url.length - 1 }),
        fc.constantFrom(...'abcABCfF0123456789%/&=?-_.~+'.split('')),
        async (index, character) => {
          const altered = url.slice(0, index) + character + url.slice(index + 1);
          fc.pre(JSON.stringify(meaning(altered.slice(start))) !== same);
          // Not by fetch(), which would tidy the path before it is sent.
          const [status, body] = await rawGet(storage.url, altered.slice(start));
          expect([400, 403]).toContain(status);
          expect(body).not.toContain('hello');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('cannot be made for more than a week', async () => {
    const answer = await fetch(await signed(storage, { 'X-Goog-Expires': '604801' }));

    expect([answer.status, errorCodeOf(await answer.text())]).toEqual([400, 'MalformedSecurityHeader']);
  });

  it.each([
    ['no host among the signed headers', { 'X-Goog-SignedHeaders': 'range' }],
    ['a signed header that is not sent', { 'X-Goog-SignedHeaders': 'host;x-goog-meta-a' }],
    ['an unknown algorithm', { 'X-Goog-Algorithm': 'GOOG4-HMAC-SHA256' }],
    ['a scope of another day', { 'X-Goog-Credential': `${clientEmail}/20261121/auto/storage/goog4_request` }],
    ['a scope of another service', { 'X-Goog-Credential': `${clientEmail}/20261122/auto/compute/goog4_request` }],
    ['a date that is none', { 'X-Goog-Date': '20261322T100000Z' }],
    ['a lifetime that is no number', { 'X-Goog-Expires': '1e3' }],
  ])('is refused with %s', async (_what, parameters) => {
    const answer = await fetch(await signed(storage, parameters));

    expect([answer.status, errorCodeOf(await answer.text())]).toEqual([400, 'MalformedSecurityHeader']);
  });

  it('is refused with a header for the storage that was not signed', async () => {
    const answer = await fetch(await readUrl(), { headers: { 'x-goog-user-project': 'mine' } });

    expect([answer.status, errorCodeOf(await answer.text())]).toEqual([400, 'MalformedSecurityHeader']);
  });

  it('is what it takes: an anonymous caller learns nothing about what is there', async () => {
    const there = await fetch(`${storage.url}/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}`);
    const notThere = await fetch(`${storage.url}/${bucket}/nothing`);
    const noBucket = await fetch(`${storage.url}/no-such-bucket/nothing`);

    const body = await there.text();
    expect(there.status).toBe(403);
    expect(body).toContain('<Code>AccessDenied</Code><Message>Access denied.</Message><Details>Anonymous caller does');
    expect([notThere.status, await notThere.text()]).toEqual([403, body]);
    expect([noBucket.status, await noBucket.text()]).toEqual([403, body]);
  });

  it('says with a good signature that there is no such object', async () => {
    const answer = await fetch(await readUrl({ name: 'nothing' }));

    expect([answer.status, errorCodeOf(await answer.text())]).toEqual([404, 'NoSuchKey']);
  });
});

/** A URL of which single parameters are as no client would make them, with the signature that goes with them. */
async function signed(
  storage: TestStorage,
  changed: Readonly<Record<string, string>>,
  by: Signer = signer,
): Promise<string> {
  const parameters: Record<string, string> = {
    'X-Goog-Algorithm': 'GOOG4-RSA-SHA256',
    'X-Goog-Credential': `${clientEmail}/20261122/auto/storage/goog4_request`,
    'X-Goog-Date': '20261122T100000Z',
    'X-Goog-Expires': '600',
    'X-Goog-SignedHeaders': 'host',
    ...changed,
  };
  const query = Object.entries(parameters)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&');
  const path = `/${bucket}/a.log`;
  const canonical = `GET\n${path}\n${query}\nhost:127.0.0.1\n\n${parameters['X-Goog-SignedHeaders']}\nUNSIGNED-PAYLOAD`;
  const hash = createHash('sha256').update(canonical).digest('hex');
  const scope = parameters['X-Goog-Credential']?.split('/').slice(1).join('/');
  const signature = await by.sign(`GOOG4-RSA-SHA256\n${parameters['X-Goog-Date']}\n${scope}\n${hash}`);
  return `${storage.url}${path}?${query}&X-Goog-Signature=${Buffer.from(signature, 'base64').toString('hex')}`;
}

async function rawGet(base: string, path: string): Promise<[number, string]> {
  const { hostname, port } = new URL(base);
  return await new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, agent: false }, (response) => {
      text(response).then((body) => {
        resolve([response.statusCode ?? 0, body]);
      }, reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
