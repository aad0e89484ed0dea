import { describe, expect, it } from 'vitest';
import { createUploadGrant } from '../../../shared/logs/upload-policy.ts';
import { policyFor, UploadGrant } from '../../../shared/attempt/upload-grant.ts';
import { bucket, clientEmail, signer, start } from '../../support/storage.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';
const options = {
  signer,
  bucket,
  endpoint: 'https://storage.googleapis.com',
  runId,
  attempt: 2,
  now: start,
  expiresAt: new Date(start.getTime() + 7_200_500),
  maxBytes: 5_000,
};

function documentOf(policy: string | undefined): unknown {
  return JSON.parse(Buffer.from(policy ?? '', 'base64').toString());
}

describe('an upload grant', () => {
  it('allows the objects of one attempt, until its time, and says so in what is signed', async () => {
    const grant = await createUploadGrant(options);

    const fixed = [
      { 'x-goog-algorithm': 'GOOG4-RSA-SHA256' },
      { 'x-goog-credential': `${clientEmail}/20261122/auto/storage/goog4_request` },
      { 'x-goog-date': '20261122T100000Z' },
    ];
    expect(grant.url).toBe(`https://storage.googleapis.com/${bucket}/`);
    expect(
      grant.policies.map(({ prefix, contentEncoding, fields }) => [
        prefix,
        contentEncoding,
        documentOf(fields['policy']),
      ]),
    ).toEqual([
      [
        `logs/${runId}/2/`,
        null,
        {
          conditions: [
            { bucket },
            ['starts-with', '$key', `logs/${runId}/2/`],
            ['starts-with', '$Content-Type', ''],
            ['content-length-range', 0, 5_000],
            ...fixed,
          ],
          expiration: '2026-11-22T12:00:00Z',
        },
      ],
      [
        `logs/${runId}/2/`,
        'gzip',
        {
          conditions: [
            { bucket },
            ['starts-with', '$key', `logs/${runId}/2/`],
            ['starts-with', '$Content-Type', ''],
            ['content-length-range', 0, 5_000],
            { 'Content-Encoding': 'gzip' },
            ...fixed,
          ],
          expiration: '2026-11-22T12:00:00Z',
        },
      ],
      [
        `signals/${runId}/2/started.json`,
        null,
        {
          conditions: [
            { bucket },
            ['eq', '$key', `signals/${runId}/2/started.json`],
            ['starts-with', '$Content-Type', 'application/json'],
            ['content-length-range', 0, 262_144],
            ...fixed,
          ],
          expiration: '2026-11-22T12:00:00Z',
        },
      ],
    ]);
  });

  it('reaches the uploader as JSON', async () => {
    const grant = await createUploadGrant(options);

    expect(UploadGrant.parse(JSON.parse(JSON.stringify(grant)))).toEqual(grant);
  });

  it('has the policy for each object that may be uploaded', async () => {
    const grant = await createUploadGrant(options);

    const plain = policyFor(grant, { name: `logs/${runId}/2/chunk-000001.log` });
    const packed = policyFor(grant, { name: `logs/${runId}/2/build.log`, contentEncoding: 'gzip' });

    expect([plain.contentEncoding, plain.fields['Content-Encoding']]).toEqual([null, undefined]);
    expect([packed.contentEncoding, packed.fields['Content-Encoding']]).toEqual(['gzip', 'gzip']);
    const started = `signals/${runId}/2/started.json`;
    expect(policyFor(grant, { name: started }).prefix).toBe(started);
  });

  it('has none for anything else', async () => {
    const grant = await createUploadGrant(options);
    const refused = expect.objectContaining({ code: 'storage-refused' });

    expect(() => policyFor(grant, { name: `logs/${runId}/1/build.log` })).toThrow(refused);
    // The result has a way of its own.
    expect(() => policyFor(grant, { name: `signals/${runId}/2/result.json` })).toThrow(refused);
    expect(() => policyFor(grant, { name: `signals/${runId}/2/a`, contentEncoding: 'gzip' })).toThrow(refused);
  });

  it('is not made for longer than the storage takes, nor for no time', async () => {
    const until = async (milliseconds: number): Promise<unknown> =>
      await createUploadGrant({ ...options, expiresAt: new Date(start.getTime() + milliseconds) });

    await expect(until(0)).rejects.toThrow(RangeError);
    await expect(until(604_801_000)).rejects.toThrow(RangeError);
    await expect(until(604_800_000)).resolves.toBeDefined();
  });

  it('is not made for what is no attempt', async () => {
    await expect(createUploadGrant({ ...options, runId: '../..' })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
