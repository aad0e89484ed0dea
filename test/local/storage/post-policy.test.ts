import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUploadGrant } from '../../../shared/logs/upload-policy.ts';
import { policyFor, type UploadGrant } from '../../../shared/attempt/upload-grant.ts';
import { googleBucket } from '../../support/google-storage-client.ts';
import { createManualClock } from '../../world/clock.ts';
import {
  bucket,
  errorCodeOf,
  postForm,
  signer,
  startTestStorage,
  stranger,
  type TestStorage,
} from '../../support/storage.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';
const attempt = 2;
const logs = `logs/${runId}/${attempt}/`;
const signals = `signals/${runId}/${attempt}/`;
const plainText = 'text/plain; charset=utf-8';

async function grantOf(
  storage: TestStorage,
  more: Partial<Parameters<typeof createUploadGrant>[0]> = {},
): Promise<UploadGrant> {
  return await createUploadGrant({
    signer,
    bucket,
    endpoint: storage.url,
    runId,
    attempt,
    now: storage.clock.now(),
    expiresAt: new Date(storage.clock.now().getTime() + 3_600_000),
    maxBytes: 1000,
    ...more,
  });
}

/** What a courier does. */
async function upload(
  grant: UploadGrant,
  object: { name: string; contentType?: string; contentEncoding?: 'gzip'; more?: Record<string, string> },
  content: Uint8Array<ArrayBuffer> | string = 'hello',
): Promise<[number, string | undefined]> {
  const { name, contentType = plainText, contentEncoding, more = {} } = object;
  const { fields } = policyFor(grant, { name, contentEncoding });
  const answer = await postForm(grant.url, { ...fields, key: name, 'Content-Type': contentType, ...more }, content);
  return [answer.status, errorCodeOf(await answer.text())];
}

async function stored(storage: TestStorage): Promise<string[]> {
  return (await storage.store.list('')).map(({ name }) => name);
}

describe("an attempt's upload grant at the local storage", () => {
  it('uploads what an attempt uploads, each with its type and its encoding', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);

    expect(await upload(grant, { name: `${logs}chunk-000001.log` })).toEqual([204, undefined]);
    expect(await upload(grant, { name: `${logs}build.log`, contentEncoding: 'gzip' })).toEqual([204, undefined]);
    expect(await upload(grant, { name: `${signals}started.json`, contentType: 'application/json' })).toEqual([
      204,
      undefined,
    ]);

    const [log] = await googleBucket(storage.url).file(`${logs}build.log`).getMetadata();
    expect([log.contentType, log.contentEncoding, log.size]).toEqual([plainText, 'gzip', '5']);
    const [chunk] = await googleBucket(storage.url).file(`${logs}chunk-000001.log`).getMetadata();
    expect([chunk.contentType, chunk.contentEncoding]).toEqual([plainText, undefined]);
  });

  it("replaces the attempt's own objects", async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);
    const name = `${logs}chunk-000001.log`;

    await upload(grant, { name }, 'first');
    await upload(grant, { name }, 'second');

    const content = await storage.store.read(name);
    expect(Buffer.from(content?.bytes ?? []).toString()).toBe('second');
    expect(await stored(storage)).toEqual([name]);
  });

  it("is good for nobody else's objects", async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);
    const policy = policyFor(grant, { name: logs });
    const others = [
      `logs/${runId}/1/chunk-000001.log`,
      `logs/${runId}/22/chunk-000001.log`,
      `logs/${'z'.repeat(26)}/${attempt}/chunk-000001.log`,
      `signals/${runId}/${attempt}/started.json`,
      `x${logs}a`,
      'logs/',
      `logs/${runId}/${attempt}`,
    ];

    for (const name of others) {
      const answer = await postForm(grant.url, { ...policy.fields, key: name, 'Content-Type': plainText }, 'mine');
      expect([name, answer.status, errorCodeOf(await answer.text())]).toEqual([name, 400, 'InvalidPolicyDocument']);
    }
    const elsewhere = grant.url.replace(bucket, 'another-bucket');
    const answer = await postForm(elsewhere, { ...policy.fields, key: `${logs}a`, 'Content-Type': plainText }, 'mine');
    expect(answer.status).toBe(400);
    expect(await stored(storage)).toEqual([]);
  });

  it('expires', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);

    storage.clock.advance(3_599_999);
    expect(await upload(grant, { name: `${logs}a` })).toEqual([204, undefined]);
    storage.clock.advance(1);
    expect(await upload(grant, { name: `${logs}b` })).toEqual([400, 'ExpiredToken']);
  });

  it('is refused before its time, and if somebody else signed it', async () => {
    const storage = await startTestStorage();
    const tomorrow = new Date(storage.clock.now().getTime() + 86_400_000);
    const early = await grantOf(storage, { now: tomorrow, expiresAt: new Date(tomorrow.getTime() + 1000) });
    const others = await grantOf(storage, { signer: stranger });

    expect(await upload(early, { name: `${logs}a` })).toEqual([403, 'AccessDenied']);
    expect(await upload(others, { name: `${logs}a` })).toEqual([403, 'SignatureDoesNotMatch']);
  });

  it('limits what an object may hold', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);

    expect(await upload(grant, { name: `${logs}a` }, 'x'.repeat(1000))).toEqual([204, undefined]);
    expect(await upload(grant, { name: `${logs}b` }, 'x'.repeat(1001))).toEqual([400, 'EntityTooLarge']);
    expect(await upload(grant, { name: `${logs}c` }, Buffer.alloc(3_000_000))).toEqual([400, 'EntityTooLarge']);
    expect(await upload(grant, { name: `${signals}started.json`, contentType: 'text/html' })).toEqual([
      400,
      'InvalidPolicyDocument',
    ]);
    expect(await stored(storage)).toEqual([`${logs}a`]);
  });

  it('allows no field that it does not name, but for those that are to be ignored', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);

    const named = await upload(grant, { name: `${logs}a`, more: { 'x-goog-meta-a': 'b' } });
    const encoded = await upload(grant, { name: `${logs}a`, more: { 'Content-Encoding': 'gzip' } });
    const ignored = await upload(grant, { name: `${logs}a`, more: { 'x-ignore-a': 'b' } });

    expect([named, encoded, ignored]).toEqual([
      [400, 'InvalidPolicyDocument'],
      [400, 'InvalidPolicyDocument'],
      [204, undefined],
    ]);
  });

  it('is refused with any character of what is signed altered', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);
    const { fields } = policyFor(grant, { name: logs });
    const signed = fc.constantFrom(...Object.keys(fields)).chain((field) =>
      fc.record({
        field: fc.constant(field),
        index: fc.nat((fields[field] ?? '').length - 1),
        character: fc.constantFrom(...'abcdefABCDEF0123456789+/=@.-'.split('')),
      }),
    );

    await fc.assert(
      fc.asyncProperty(signed, async ({ field, index, character }) => {
        const value = fields[field] ?? '';
        fc.pre(value[index] !== character);
        const altered = { ...fields, [field]: value.slice(0, index) + character + value.slice(index + 1) };
        const answer = await postForm(grant.url, { ...altered, key: `${logs}a`, 'Content-Type': plainText }, 'hello');
        expect([400, 403]).toContain(answer.status);
      }),
      { numRuns: 200 },
    );
    expect(await stored(storage)).toEqual([]);
  });

  it('says what is missing', async () => {
    const storage = await startTestStorage();
    const { fields, ...grant } = {
      ...(await grantOf(storage)),
      fields: policyFor(await grantOf(storage), { name: logs }).fields,
    };
    const post = async (sent: Record<string, string>): Promise<string> =>
      await (await postForm(grant.url, sent, 'hello')).text();
    const without = (name: string): Record<string, string> =>
      Object.fromEntries(
        Object.entries({ ...fields, key: `${logs}a`, 'Content-Type': 'x/y' }).filter(([key]) => key !== name),
      );

    expect(await post({})).toContain('<Details>Missing policy</Details>');
    expect(await post(without('x-goog-signature'))).toContain('<Details>Missing x-goog-signature</Details>');
    expect(await post(without('key'))).toContain(
      `<Details>Failed condition: ["starts-with","$key","${logs}"]</Details>`,
    );
    // What a condition on a field that is not there means is said nowhere: here it fails.
    expect(await post(without('Content-Type'))).toContain('Failed condition: ["starts-with","$Content-Type",""]');
    expect(await post({ ...without(''), 'x-goog-meta-a': 'b' })).toContain(
      '<Message>The content of the form does not meet the conditions specified in the policy document.</Message>' +
        '<Details>Policy did not reference these fields: x-goog-meta-a</Details>',
    );
  });
});

describe('a signed policy of any other maker', () => {
  it("is taken as Google's own client makes it", async () => {
    const storage = await startTestStorage({ clock: createManualClock(new Date()) });
    const [policy] = await googleBucket(storage.url)
      .file('uploads/ü 1.txt')
      .generateSignedPostPolicyV4({
        expires: Date.now() + 60_000,
        conditions: [['content-length-range', 2, 10]],
        fields: { 'content-type': 'text/x', success_action_status: '201', 'x-goog-meta-run': 'r1' },
      });

    const url = `${storage.url}/${bucket}`;
    const good = await postForm(url, policy.fields, 'hello');
    const small = await postForm(url, policy.fields, 'h');
    const other = await postForm(url, { ...policy.fields, key: 'uploads/2.txt' }, 'hello');

    expect(good.status).toBe(201);
    expect(await good.text()).toContain(`<Bucket>${bucket}</Bucket><Key>uploads/ü 1.txt</Key>`);
    expect([small.status, errorCodeOf(await small.text())]).toEqual([400, 'EntityTooSmall']);
    expect([other.status, errorCodeOf(await other.text())]).toEqual([400, 'InvalidPolicyDocument']);
    const [metadata] = await googleBucket(storage.url).file('uploads/ü 1.txt').getMetadata();
    expect([metadata.contentType, metadata.metadata]).toEqual(['text/x', { run: 'r1' }]);
  });

  const signPolicy = async (document: unknown): Promise<Record<string, string>> => {
    const policy = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)).toString('base64');
    const signature = Buffer.from(await signer.sign(policy), 'base64').toString('hex');
    return { ...base, policy, 'x-goog-signature': signature };
  };
  const base = {
    'x-goog-algorithm': 'GOOG4-RSA-SHA256',
    'x-goog-credential': `${signer.clientEmail}/20261122/auto/storage/goog4_request`,
    'x-goog-date': '20261122T100000Z',
  };
  const covered = Object.entries(base).map(([name, value]) => ({ [name]: value }));
  const expiration = '2026-11-22T11:00:00Z';

  it('is held to each kind of condition', async () => {
    const storage = await startTestStorage();
    const fields = await signPolicy({
      expiration,
      conditions: [{ bucket }, ...covered, ['eq', '$key', 'a'], ['starts-with', '$cache-control', 'no-']],
    });
    const post = async (more: Record<string, string>): Promise<number> =>
      (await postForm(`${storage.url}/${bucket}`, { ...fields, ...more }, 'x')).status;

    expect(await post({ key: 'a', 'Cache-Control': 'no-store' })).toBe(204);
    expect(await post({ key: 'a', 'Cache-Control': 'public' })).toBe(400);
    expect(await post({ key: 'ab', 'Cache-Control': 'no-store' })).toBe(400);
  });

  it.each([
    ['is no JSON', 'nonsense', 'Policy document parsing error'],
    ['has no expiration', { conditions: [] }, 'Policy document parsing error'],
    ['has no conditions', { expiration }, 'Policy document parsing error'],
    ['nests its conditions', { expiration, conditions: [[['starts-with', '$key', '']]] }, 'Invalid condition'],
    [
      'has a condition of an unknown kind',
      { expiration, conditions: [['ends-with', '$key', '']] },
      'Invalid condition',
    ],
    ['has a condition without a variable', { expiration, conditions: [['eq', 'key', 'a']] }, 'Invalid condition'],
    ['does not name the bucket', { expiration, conditions: [...covered, { key: 'a' }] }, 'Policy did not reference'],
  ])('is refused if it %s', async (_what, document, details) => {
    const storage = await startTestStorage();

    const answer = await postForm(`${storage.url}/${bucket}`, { ...(await signPolicy(document)), key: 'a' }, 'x');

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`<Details>${details}`);
  });
});
