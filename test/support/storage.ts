import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startStorage, type StorageOptions } from '../../local/storage/storage.ts';
import { systemRandom } from '../../shared/clock.ts';
import { createObjectStore } from '../../shared/google/object-store.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import { createKeySigner } from '../../shared/google/signer.ts';
import type { Signer } from '../../shared/outside/signer.ts';
import { createManualClock, type ManualClock } from '../world/clock.ts';

const keys = keyPair();
const otherKeys = keyPair();

export const bucket = 'logs-of-tests';
export const clientEmail = 'signer@project.iam.gserviceaccount.com';
export const jsonToken = 'a-token-for-tests';
export const { privateKey } = keys;

/** The signer whose signatures the storage of a test takes, and one who is somebody else. */
export const signer: Signer = createKeySigner({ clientEmail, privateKey });
export const stranger: Signer = createKeySigner({ clientEmail, privateKey: otherKeys.privateKey });

/** When the clock of a test's storage stands still if the test gives no other. */
export const start = new Date('2026-11-22T10:00:00.000Z');

export interface TestStorage {
  readonly url: string;
  readonly dir: string;
  readonly clock: ManualClock;
  readonly store: ObjectStore;
  /** What went wrong in the server itself. */
  readonly errors: unknown[];
  /** Ends the server; another one may then be started over the same folder. */
  stop(): Promise<void>;
}

/** A storage of the running test alone, over `dir` if it is given. */
export async function startTestStorage(
  options: Partial<StorageOptions> & { readonly clock?: ManualClock } = {},
): Promise<TestStorage> {
  const clock = options.clock ?? createManualClock(start);
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'yb-storage-'));
  const errors: unknown[] = [];
  const storage = await startStorage({
    dir,
    buckets: [bucket, 'another-bucket'],
    clientEmail,
    publicKey: keys.publicKey,
    jsonToken,
    onError: (error) => errors.push(error),
    ...options,
    clock,
  });
  onTestFinished(async () => {
    await storage.stop();
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  });
  const token = async (): Promise<string> => await Promise.resolve(jsonToken);
  const store = createObjectStore({ bucket, endpoint: storage.url, token, signer, clock, random: systemRandom });
  return { url: storage.url, dir, clock, store, errors, stop: storage.stop };
}

function keyPair(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** Posts a form as a browser would. Names and values in order, the file last. */
export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  file: Uint8Array<ArrayBuffer> | string,
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([file]), 'file');
  return await fetch(url, { method: 'POST', body: form });
}

/** `Code` of an XML error. */
export function errorCodeOf(xml: string): string | undefined {
  return /<Error><Code>([^<]+)<\/Code>/.exec(xml)?.[1];
}
