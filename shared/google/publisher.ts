import type { PubSub, Topic } from '@google-cloud/pubsub';
import { YbError } from '../errors.ts';
import type { Publisher } from '../outside/publisher.ts';
import { count } from '../tally.ts';
import { lazily } from '../lazily.ts';

export interface PublisherOptions {
  readonly project: string;
  /** Stands before the name of each topic. */
  readonly topicPrefix: string;
  readonly emulatorHost?: string | undefined;
}

/** Canonical codes that another try may turn into success (https://cloud.google.com/apis/design/errors#error_codes). */
const passing = { deadlineExceeded: 4, resourceExhausted: 8, aborted: 10, internal: 13, unavailable: 14 };
const tryMilliseconds = 4500;
/** Far below the time that Pub/Sub gives a function for a message: what was not published is then tried with the whole message. */
const totalMilliseconds = 15_000;

/**
 * {@link Publisher} by the vendor's client, for functions that have gRPC loaded already; the webhook has
 * one of its own, in `shared/google/rest-publisher.ts`. What is published in one turn of the event loop travels together.
 */
export function createPublisher({ project, topicPrefix, emulatorHost }: PublisherOptions): Publisher {
  const client = lazily(async (): Promise<PubSub> => {
    const { PubSub: Client } = await import('./clients/pubsub.ts');
    const emulator = emulatorHost === undefined ? {} : { apiEndpoint: emulatorHost, emulatorMode: true };
    return new Client({ projectId: project, ...emulator });
  });
  const topics = new Map<string, Topic>();
  const topicOf = async (name: string): Promise<Topic> => {
    const pubsub = await client();
    const topic = topics.get(name) ?? pubsub.topic(`${topicPrefix}${name}`, publishOptions);
    topics.set(name, topic);
    return topic;
  };
  return {
    async publish(name, { text, attributes }) {
      count('pubsub');
      try {
        const topic = await topicOf(name);
        await topic.publishMessage({ data: Buffer.from(text), attributes: { ...attributes } });
      } catch (error) {
        throw new YbError('publish-failed', 'Pub/Sub did not take a message', { cause: error });
      }
    },
  };
}

const publishOptions = {
  batching: { maxMessages: 100, maxMilliseconds: 1 },
  gaxOpts: {
    retry: {
      retryCodes: Object.values(passing),
      backoffSettings: {
        initialRetryDelayMillis: 200,
        retryDelayMultiplier: 2,
        maxRetryDelayMillis: 2000,
        initialRpcTimeoutMillis: tryMilliseconds,
        rpcTimeoutMultiplier: 1,
        maxRpcTimeoutMillis: tryMilliseconds,
        totalTimeoutMillis: totalMilliseconds,
      },
    },
  },
};
