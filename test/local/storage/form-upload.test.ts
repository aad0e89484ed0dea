import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createUploadGrant } from '../../../shared/logs/upload-policy.ts';
import { policyFor, type UploadGrant } from '../../../shared/attempt/upload-grant.ts';
import { bucket, errorCodeOf, postForm, signer, startTestStorage, type TestStorage } from '../../support/storage.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';
const name = `logs/${runId}/1/chunk-000001.log`;
const plainText = 'text/plain; charset=utf-8';

async function grantOf(storage: TestStorage): Promise<UploadGrant> {
  const now = storage.clock.now();
  return await createUploadGrant({
    signer,
    bucket,
    endpoint: storage.url,
    runId,
    attempt: 1,
    now,
    expiresAt: new Date(now.getTime() + 3_600_000),
    maxBytes: 30_000_000,
  });
}

describe("a form's file at the local storage", () => {
  it('goes to the disk while it comes, twenty megabytes of it', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);
    const { fields } = policyFor(grant, { name });
    const content = randomBytes(20_000_000);
    const form = formText({ ...fields, key: name, 'Content-Type': plainText });
    const sent = httpRequest(grant.url, { method: 'POST', headers: form.headers, agent: false });
    const answered = new Promise<number>((resolve, reject) => {
      sent.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
    });

    sent.write(form.head);
    sent.write(content.subarray(0, 12_000_000));
    await expect.poll(() => sizesIn(join(storage.dir, 'uploads')), { timeout: 20_000 }).toBeGreaterThan(10_000_000);
    sent.write(content.subarray(12_000_000));
    sent.end(form.tail);

    expect(await answered).toBe(204);
    const read = await storage.store.read(name);
    expect(sha256(read?.bytes ?? new Uint8Array())).toBe(sha256(content));
    expect(sizesIn(join(storage.dir, 'uploads'))).toBe(0);
  });

  it('leaves nothing behind if the form breaks off', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);
    const form = formText({ ...policyFor(grant, { name }).fields, key: name, 'Content-Type': plainText });

    const unfinished = await post(grant.url, form.headers, `${form.head}hello`);
    const noFile = await post(grant.url, form.headers, form.tail.slice(2));
    const noForm = await post(grant.url, { 'content-type': 'text/plain' }, 'hello');
    await cutOff(grant.url, form.headers, `${form.head}hello`);

    expect([unfinished, noFile, noForm].map(([status, body]) => [status, errorCodeOf(body)])).toEqual([
      [400, 'MalformedPOSTRequest'],
      [400, 'MalformedPOSTRequest'],
      [400, 'MalformedPOSTRequest'],
    ]);
    await expect.poll(() => readdirSync(join(storage.dir, 'uploads'))).toEqual([]);
    expect(await storage.store.list('')).toEqual([]);
    expect(storage.errors).toEqual([]);
  });

  it('may not be preceded by too much', async () => {
    const storage = await startTestStorage();
    const grant = await grantOf(storage);

    const answer = await postForm(grant.url, { 'x-ignore-a': 'x'.repeat(70_000) }, 'hello');

    expect([answer.status, errorCodeOf(await answer.text())]).toEqual([400, 'MaxPostPreDataLengthExceeded']);
  });
});

function formText(fields: Record<string, string>): { headers: Record<string, string>; head: string; tail: string } {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--edge\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return {
    headers: { 'content-type': 'multipart/form-data; boundary=edge' },
    head: `${parts.join('')}--edge\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n`,
    tail: '\r\n--edge--\r\n',
  };
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<[number, string]> {
  const answer = await fetch(url, { method: 'POST', headers, body });
  return [answer.status, await answer.text()];
}

/** Sends a part of a body and hangs up. */
async function cutOff(url: string, headers: Record<string, string>, body: string): Promise<void> {
  const sent = httpRequest(url, { method: 'POST', headers, agent: false });
  const ended = new Promise<void>((resolve) => {
    sent.on('error', () => undefined).on('close', resolve);
    sent.on('response', (response) => void text(response).catch(() => ''));
  });
  await new Promise((resolve) => {
    sent.write(body, resolve);
  });
  sent.destroy();
  await ended;
}

function sizesIn(dir: string): number {
  return readdirSync(dir).reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
