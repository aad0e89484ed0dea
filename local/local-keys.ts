import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Random } from '../shared/outside/random.ts';
import { parseJson } from '../shared/json.ts';

/** What a project in the cloud keeps in Secret Manager and Cloud KMS, and the key with which IAM would sign. */
export const LocalSecrets = z.object({
  sessions: z.string(),
  /** Of the stand-in for Cloud KMS: its keys, in base64, and the token of each function's identity. */
  kms: z.object({
    keys: z.object({ hooks: z.string(), credentials: z.string() }),
    tokens: z.object({ webhook: z.string(), scheduler: z.string(), watcher: z.string(), dashboard: z.string() }),
  }),
  storageToken: z.string(),
  /** Of the GitHub App's own hook: the end of its address, and its secret. */
  appHook: z.object({ key: z.string(), secret: z.string() }),
  signing: z.object({ email: z.string(), publicKey: z.string(), privateKey: z.string() }),
});
export type LocalSecrets = z.output<typeof LocalSecrets>;

/** The system's secrets: made at its first start, kept with its data. */
export async function localSecrets(
  stateDir: string,
  random: Random,
): Promise<LocalSecrets & { readonly signingKeyFile: string }> {
  const signingKeyFile = join(stateDir, 'signing-key.pem');
  const file = join(stateDir, 'secrets.json');
  const known = await readFile(file, 'utf8').catch(() => null);
  if (known !== null)
    return { ...parseJson(LocalSecrets, known, { what: file, code: 'bad-settings' }), signingKeyFile };
  const key = (): string => Buffer.from(random.bytes(32)).toString('base64');
  const token = (): string => Buffer.from(random.bytes(24)).toString('base64url');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secrets: LocalSecrets = {
    sessions: `local:${key()}`,
    kms: {
      keys: { hooks: key(), credentials: key() },
      tokens: { webhook: token(), scheduler: token(), watcher: token(), dashboard: token() },
    },
    storageToken: token(),
    appHook: { key: Buffer.from(random.bytes(16)).toString('hex'), secret: token() },
    signing: { email: 'signer@local.iam.gserviceaccount.com', publicKey, privateKey },
  };
  await writeFile(signingKeyFile, privateKey, { mode: 0o600 });
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
  return { ...secrets, signingKeyFile };
}

/** What the stand-in for Cloud KMS is started with. */
export function kmsKeysOf({ kms }: LocalSecrets) {
  const { hooks, credentials } = kms.keys;
  return {
    keys: { hooks: Buffer.from(hooks, 'base64'), credentials: Buffer.from(credentials, 'base64') },
    tokens: kms.tokens,
  };
}
