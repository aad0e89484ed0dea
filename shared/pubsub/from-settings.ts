import type { WebhookSettings } from '../config.ts';
import type { TokenSource } from '../google-token.ts';
import { type Publisher, createPublisher } from './publisher.ts';

type PublisherSettings = Pick<
  WebhookSettings,
  'YB_PROJECT' | 'PUBSUB_EMULATOR_HOST' | 'YB_TOPIC_RUN_EVENTS' | 'YB_TOPIC_JOB_EVENTS' | 'YB_TOPIC_DEAD_LETTERS'
>;

/**
 * The publisher of a function. With the four seconds that a webhook gives the database, four and a half for Pub/Sub leave time
 * to answer before GitHub hangs up after ten.
 */
export function publisherFromSettings(settings: PublisherSettings, token: TokenSource): Publisher {
  return createPublisher({
    project: settings.YB_PROJECT,
    emulatorHost: settings.PUBSUB_EMULATOR_HOST,
    topics: {
      'run-events': settings.YB_TOPIC_RUN_EVENTS,
      'job-events': settings.YB_TOPIC_JOB_EVENTS,
      'dead-letters': settings.YB_TOPIC_DEAD_LETTERS,
    },
    token,
    timeoutMilliseconds: 4500,
  });
}
