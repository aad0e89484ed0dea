import { systemClock } from '../../shared/clock.ts';
import { createHookDocuments } from '../../shared/google/hook-documents.ts';
import { kmsKeyOf } from '../../shared/google/kms.ts';
import { createRestPublisher } from '../../shared/google/rest-publisher.ts';
import { createGoogleTokens } from '../../shared/google/token.ts';
import { createLog } from '../../shared/log.ts';
import type { WebhookSettings } from './settings.ts';
import type { WebhookOutside } from './webhook.ts';

/** With the four seconds for a hook, four and a half for Pub/Sub leave time to answer before GitHub hangs up after ten. */
const hookMilliseconds = 4000;
const publishMilliseconds = 4500;

/** The real outside, as the settings name it, by adapters that start quickly. */
export function outsideOf(settings: WebhookSettings): WebhookOutside {
  const google = { project: settings.YB_PROJECT, token: createGoogleTokens() };
  return {
    hooks: createHookDocuments({
      ...google,
      database: settings.YB_HOOKS_DATABASE,
      emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
      timeoutMilliseconds: hookMilliseconds,
    }),
    publisher: createRestPublisher({
      ...google,
      topicPrefix: settings.YB_TOPIC_PREFIX,
      emulatorHost: settings.PUBSUB_EMULATOR_HOST,
      timeoutMilliseconds: publishMilliseconds,
    }),
    keys: { hooks: kmsKeyOf(settings, settings.YB_KMS_KEY_HOOKS, google.token) },
    clock: systemClock,
    log: createLog({ service: 'webhook', project: settings.YB_PROJECT }),
  };
}
