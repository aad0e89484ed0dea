import { KeyManagementServiceClient } from '@google-cloud/kms';
import { OAuth2Client } from 'google-auth-library';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyNameOf } from '../../../local/kms/names.ts';
import { crc32c } from '../../../shared/crc32c.ts';
import { createKmsKey } from '../../../shared/google/kms.ts';
import { startServer } from '../../support/http-server.ts';
import { startKmsForTest } from '../../support/kms.ts';

async function startKms() {
  const kms = await startKmsForTest();
  onTestFinished(kms.stop);
  return kms;
}

/** Google's own client, which sends and reads what is published, over REST. */
function vendorsClient(url: string, token: string): KeyManagementServiceClient {
  const { hostname, port } = new URL(url);
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const where = { protocol: 'http', apiEndpoint: hostname, port: Number(port) };
  return new KeyManagementServiceClient({ fallback: true, ...where, authClient, projectId: 'yb-local' });
}

describe('the stand-in for Cloud KMS', () => {
  it('refuses whoever has not the permission, and names it', async () => {
    const { url } = await startKms();
    const ask = async (verb: string, token: string, key = keyNameOf('hooks')) => {
      const response = await fetch(`${url}/v1/${key}:${verb}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ plaintext: 'eA==' }),
      });
      return { status: response.status, text: await response.text() };
    };
    expect((await ask('encrypt', 'dashboard')).status).toBe(200);
    const refused = await ask('encrypt', 'webhook');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('cloudkms.cryptoKeyVersions.useToEncrypt');
    expect((await ask('encrypt', 'nobody')).status).toBe(401);
    expect((await ask('encrypt', 'dashboard', `${keyNameOf('hooks')}x`)).status).toBe(403);
    expect((await ask('decrypt', 'webhook')).status).toBe(400);
    expect((await ask('destroy', 'dashboard')).status).toBe(404);
  });

  it.each([
    ['an unknown field', { plaintext: 'eA==', more: 1 }],
    ['no value', {}],
    ['a value that is not base64', { plaintext: 'ä' }],
    ['a wrong checksum', { plaintext: 'eA==', plaintextCrc32c: '1' }],
    ['too long a value', { plaintext: Buffer.alloc(64 * 1024 + 1).toString('base64') }],
  ])('refuses %s', async (_, body) => {
    const { url } = await startKms();
    const response = await fetch(`${url}/v1/${keyNameOf('hooks')}:encrypt`, {
      method: 'POST',
      headers: { authorization: 'Bearer dashboard', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
  });
  it('is one to Google’s own client too', async () => {
    const kms = await startKms();
    const name = keyNameOf('hooks');
    const additional = { additionalAuthenticatedData: Buffer.from('place') };
    const writer = vendorsClient(kms.url, 'dashboard');
    const [sealed] = await writer.encrypt({ name, plaintext: Buffer.from('größe'), ...additional });
    expect(sealed.name).toBe(`${name}/cryptoKeyVersions/1`);
    expect(Number(sealed.ciphertextCrc32c?.value)).toBe(crc32c(Buffer.from(sealed.ciphertext ?? '')));
    const reader = vendorsClient(kms.url, 'webhook');
    const [opened] = await reader.decrypt({ name, ciphertext: sealed.ciphertext ?? '', ...additional });
    expect(Buffer.from(opened.plaintext ?? '').toString()).toBe('größe');
    await expect(reader.encrypt({ name, plaintext: Buffer.from('x') })).rejects.toMatchObject({ code: 7 });
    await expect(reader.decrypt({ name, ciphertext: sealed.ciphertext ?? '' })).rejects.toMatchObject({ code: 3 });
  });
});

describe('a key of Cloud KMS', () => {
  it('is asked again later where it cannot be had now, or not by this function', async () => {
    const { url } = await startKms();
    const token = async () => await Promise.resolve('webhook');
    const key = (endpoint: string) => createKmsKey({ key: keyNameOf('credentials'), endpoint, token });
    const sealed = await (await startKms()).key('credentials', 'dashboard').seal('a', 'x');
    for (const endpoint of [url, 'http://127.0.0.1:9']) {
      await expect(key(endpoint).open('a', sealed)).rejects.toMatchObject({ code: 'key-unavailable', retryable: true });
    }
  });

  it.each([
    ['an answer that was garbled on its way', { plaintext: 'eQ==', plaintextCrc32c: String(crc32c(Buffer.from('x'))) }],
    ['an answer without its checksum', { plaintext: 'eQ==' }],
    ['no answer of Cloud KMS', 'hello'],
  ])('does not take %s', async (_, answer) => {
    const server = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    onTestFinished(server.stop);
    const token = async () => await Promise.resolve('t');
    const key = createKmsKey({ key: keyNameOf('hooks'), endpoint: `http://${server.host}`, token });
    await expect(key.open('a', 'eA==')).rejects.toMatchObject({ code: 'key-unavailable' });
  });
});
