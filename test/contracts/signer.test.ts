import { createPublicKey, sign, verify } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import { createIamSigner, createKeySigner } from '../../shared/google/signer.ts';
import type { Signer } from '../../shared/outside/signer.ts';
import { startServer } from '../support/http-server.ts';
import { clientEmail, privateKey } from '../support/storage.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

function isGood(text: string, signature: string): boolean {
  return verify('RSA-SHA256', Buffer.from(text), createPublicKey(privateKey), Buffer.from(signature, 'base64'));
}

const promises: Promises<Signer> = {
  'signs the bytes of a text, as its public key can check': async (signer) => {
    for (const text of ['', 'text', 'größe 日本', 'a\nb\n']) expect(isGood(text, await signer.sign(text))).toBe(true);
    expect(isGood('text', await signer.sign('other text'))).toBe(false);
  },

  'says whose signature it is': async (signer) => {
    expect(await Promise.resolve(signer.clientEmail)).toBe(clientEmail);
  },

  'signs many at once': async (signer) => {
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const signatures = await Promise.all(texts.map(async (text) => await signer.sign(text)));
    expect(texts.every((text, index) => isGood(text, signatures[index] ?? ''))).toBe(true);
  },
};

keepsPromises('a key', promises, async () => {
  return await Promise.resolve(createKeySigner({ clientEmail, privateKey }));
});

const Payload = z.object({ payload: z.base64() });

keepsPromises('a stand-in of IAM', promises, async () => {
  const server = await startServer(({ path, body }, response) => {
    const { payload } = Payload.parse(JSON.parse(body));
    const known = path === `/v1/projects/-/serviceAccounts/${encodeURIComponent(clientEmail)}:signBlob`;
    const signedBlob = sign('RSA-SHA256', Buffer.from(payload, 'base64'), privateKey).toString('base64');
    response.writeHead(known ? 200 : 403, { 'content-type': 'application/json' }).end(JSON.stringify({ signedBlob }));
  });
  onTestFinished(server.stop);
  const token = async (): Promise<string> => await Promise.resolve('a-token');
  return createIamSigner({ clientEmail, token, endpoint: `http://${server.host}` });
});

const wrong = (change: (signer: Signer) => Partial<Signer>) => (): Signer => {
  const signer = createKeySigner({ clientEmail, privateKey });
  return { ...signer, ...change(signer) };
};
findsFaults(promises, {
  'that signs characters of another encoding': wrong(() => ({
    sign: async (text) =>
      await Promise.resolve(sign('RSA-SHA256', Buffer.from(text, 'latin1'), privateKey).toString('base64')),
  })),
  'that writes hexadecimal': wrong((signer) => ({
    sign: async (text) => Buffer.from(await signer.sign(text), 'base64').toString('hex'),
  })),
  'that speaks for another': wrong(() => ({ clientEmail: 'other@project.iam.gserviceaccount.com' })),
});
