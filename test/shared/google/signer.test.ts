import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signerOf } from '../../../shared/google/outside.ts';
import { createIamSigner, createKeySigner } from '../../../shared/google/signer.ts';
import { startServer, type TestServer } from '../../support/http-server.ts';
import { clientEmail, privateKey } from '../../support/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const token = async (): Promise<string> => await Promise.resolve('a-token');

function isGood(text: string, signature: string): boolean {
  return verify('RSA-SHA256', Buffer.from(text), createPublicKey(privateKey), Buffer.from(signature, 'base64'));
}

/** Google's IAM, as far as a signer asks it. */
async function iam(status: number, answer: unknown): Promise<TestServer & { requests: unknown[] }> {
  const requests: unknown[] = [];
  const server = await startServer((request, response) => {
    requests.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  onTestFinished(server.stop);
  return { ...server, requests };
}

describe('a signer with a key', () => {
  it('signs as the key allows to check', async () => {
    const signer = createKeySigner({ clientEmail, privateKey });

    const signature = await signer.sign('tëxt');

    expect([isGood('tëxt', signature), isGood('text', signature)]).toEqual([true, false]);
  });

  it('is the one that a function is set to use', async () => {
    const file = join(mkdtempSync(join(temporaryFolder(), 'key-')), 'key.pem');
    writeFileSync(file, privateKey);

    const signer = signerOf({ YB_SIGNING_EMAIL: clientEmail, YB_SIGNING_KEY_FILE: file }, token);

    expect(signer.clientEmail).toBe(clientEmail);
    expect(isGood('text', await signer.sign('text'))).toBe(true);
  });

  it('fails with a key that is none', async () => {
    await expect(createKeySigner({ clientEmail, privateKey: 'none' }).sign('text')).rejects.toThrow();
  });
});

describe('a signer without a key', () => {
  it("has Google's IAM sign for its account", async () => {
    const server = await iam(200, { keyId: 'k1', signedBlob: 'c2lnbmVk' });
    const signer = createIamSigner({ clientEmail, token, endpoint: `http://${server.host}` });

    expect(await signer.sign('tëxt')).toBe('c2lnbmVk');

    expect(server.requests).toEqual([
      {
        method: 'POST',
        path: `/v1/projects/-/serviceAccounts/${encodeURIComponent(clientEmail)}:signBlob`,
        body: JSON.stringify({ payload: Buffer.from('tëxt').toString('base64') }),
      },
    ]);
  });

  it.each([
    [503, {}, 'storage-unavailable'],
    [429, {}, 'storage-unavailable'],
    [401, {}, 'storage-unavailable'],
    [403, { error: { status: 'PERMISSION_DENIED' } }, 'storage-refused'],
    [200, { signedBlob: '???' }, 'storage-refused'],
    [200, {}, 'storage-refused'],
  ])('fails at the answer %d %j with %s', async (status, answer, code) => {
    const server = await iam(status, answer);
    const signer = createIamSigner({ clientEmail, token, endpoint: `http://${server.host}` });

    await expect(signer.sign('text')).rejects.toMatchObject({ code });
  });

  it('fails where nobody answers, so that another try may help', async () => {
    const server = await iam(200, {});
    await server.stop();
    const signer = createIamSigner({ clientEmail, token, endpoint: `http://${server.host}` });

    await expect(signer.sign('text')).rejects.toMatchObject({ code: 'storage-unavailable', retryable: true });
  });
});
