import { readFileSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import { createGoogleTokens, type TokenSource } from '../google-token.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import { createIamSigner, createKeySigner, type Signer } from './signer.ts';

interface LogSettings {
  readonly YB_LOG_BUCKET: string;
  readonly YB_STORAGE_ENDPOINT: string;
  readonly YB_SIGNING_EMAIL: string;
  readonly YB_SIGNING_KEY_FILE?: string | undefined;
  readonly YB_STORAGE_TOKEN?: string | undefined;
}

/** The signer a function is set to use: a key in the local system, Google's IAM in the cloud. */
export function signerFromSettings(
  settings: Pick<LogSettings, 'YB_SIGNING_EMAIL' | 'YB_SIGNING_KEY_FILE'>,
  token: TokenSource = createGoogleTokens(),
): Signer {
  const { YB_SIGNING_EMAIL: clientEmail, YB_SIGNING_KEY_FILE: file } = settings;
  if (file === undefined) return createIamSigner({ clientEmail, token });
  return createKeySigner({ clientEmail, privateKey: readFileSync(file, 'utf8') });
}

/** The objects of the log bucket a function is set to use. */
export function objectStoreFromSettings(
  settings: LogSettings,
  token: TokenSource,
  clock: Clock = systemClock,
): ObjectStore {
  const fixed = settings.YB_STORAGE_TOKEN;
  return createObjectStore({
    bucket: settings.YB_LOG_BUCKET,
    endpoint: settings.YB_STORAGE_ENDPOINT,
    token: fixed === undefined ? token : async () => await Promise.resolve(fixed),
    signer: signerFromSettings(settings, token),
    clock,
  });
}
