import { readFileSync } from 'node:fs';
import { systemRandom } from '../clock.ts';
import type { Clock } from '../outside/clock.ts';
import type { DeadLetters } from '../outside/dead-letters.ts';
import type { ObjectStore } from '../outside/objects.ts';
import type { Publisher } from '../outside/publisher.ts';
import type { Signer } from '../outside/signer.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createObjectStore } from './object-store.ts';
import { createPublisher } from './publisher.ts';
import { createIamSigner, createKeySigner } from './signer.ts';
import type { TokenSource } from './token.ts';

/** The adapters to Google's services, as a function's settings want them. */

interface CommonSettings {
  readonly YB_PROJECT: string;
  readonly YB_TOPIC_PREFIX: string;
  readonly PUBSUB_EMULATOR_HOST?: string | undefined;
  readonly FIRESTORE_EMULATOR_HOST?: string | undefined;
}

interface SigningSettings {
  readonly YB_SIGNING_EMAIL: string;
  readonly YB_SIGNING_KEY_FILE?: string | undefined;
}

interface LogSettings extends SigningSettings {
  readonly YB_LOG_BUCKET: string;
  readonly YB_STORAGE_ENDPOINT: string;
  readonly YB_STORAGE_TOKEN?: string | undefined;
}

export function publisherOf(settings: CommonSettings): Publisher {
  return createPublisher({
    project: settings.YB_PROJECT,
    topicPrefix: settings.YB_TOPIC_PREFIX,
    emulatorHost: settings.PUBSUB_EMULATOR_HOST,
  });
}

/** What the functions and Pub/Sub have put aside. */
export function deadLettersOf(settings: CommonSettings, token: TokenSource): DeadLetters {
  return createDeadLetters({
    project: settings.YB_PROJECT,
    topicPrefix: settings.YB_TOPIC_PREFIX,
    emulatorHost: settings.PUBSUB_EMULATOR_HOST,
    token,
    timeoutMilliseconds: 10_000,
  });
}

/** A key in the local system, Google's IAM in the cloud. */
export function signerOf(settings: SigningSettings, token: TokenSource): Signer {
  const { YB_SIGNING_EMAIL: clientEmail, YB_SIGNING_KEY_FILE: file } = settings;
  if (file === undefined) return createIamSigner({ clientEmail, token });
  return createKeySigner({ clientEmail, privateKey: readFileSync(file, 'utf8') });
}

/** The objects of the log bucket. */
export function objectsOf(settings: LogSettings, token: TokenSource, clock: Clock): ObjectStore {
  const fixed = settings.YB_STORAGE_TOKEN;
  return createObjectStore({
    bucket: settings.YB_LOG_BUCKET,
    endpoint: settings.YB_STORAGE_ENDPOINT,
    token: fixed === undefined ? token : async () => await Promise.resolve(fixed),
    signer: signerOf(settings, token),
    clock,
    random: systemRandom,
  });
}
