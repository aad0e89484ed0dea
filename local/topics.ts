import { YbError } from '../shared/errors.ts';
import {
  allTopics,
  deadLetterDelivery,
  deadLetters,
  delivery,
  pushPath,
  type Subscriber,
  subscriptionOf,
  type Topic,
  topics,
} from '../shared/messages/topics.ts';

interface PubSub {
  readonly pubsubHost: string;
  readonly project: string;
}

const base = ({ pubsubHost, project }: PubSub): string => `http://${pubsubHost}/v1/projects/${project}`;
const fullName = ({ project }: PubSub, topic: string): string => `projects/${project}/topics/${topic}`;

/** Makes the topics of the table in `shared/messages/topics.ts`: the same as in the cloud, without identities. */
export async function createTopics(at: PubSub): Promise<void> {
  for (const topic of [...allTopics, deadLetters]) await put(`${base(at)}/topics/${topic}`, {});
}

/** Makes their subscriptions, each of which pushes to its subscriber. */
export async function createSubscriptions(
  at: PubSub & { readonly urls: Readonly<Record<Subscriber, string>> },
): Promise<void> {
  for (const topic of allTopics) {
    await replaceSubscription(at, topic, {
      pushConfig: { pushEndpoint: `${at.urls[topics[topic].subscriber]}${pushPath(at.project, topic)}` },
      deadLetterPolicy: {
        deadLetterTopic: fullName(at, deadLetters),
        maxDeliveryAttempts: delivery.maxDeliveryAttempts,
      },
    });
  }
  await replaceSubscription(at, deadLetters, { ackDeadlineSeconds: deadLetterDelivery.ackDeadlineSeconds });
}

async function replaceSubscription(at: PubSub, topic: Topic | typeof deadLetters, more: object): Promise<void> {
  const url = `${base(at)}/subscriptions/${subscriptionOf(topic)}`;
  // Ports change between two starts: an old subscription would push to nobody.
  await fetch(url, { method: 'DELETE' });
  await put(url, {
    topic: fullName(at, topic),
    ackDeadlineSeconds: delivery.ackDeadlineSeconds,
    retryPolicy: {
      minimumBackoff: `${delivery.minimumBackoffSeconds}s`,
      maximumBackoff: `${delivery.maximumBackoffSeconds}s`,
    },
    expirationPolicy: {},
    ...more,
  });
}

async function put(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 409)
    throw new YbError('internal', `Pub/Sub emulator: ${response.status} ${text}`);
}

/** Publishes to a topic as something outside of the system does: the log sink, Cloud Storage, Cloud Scheduler. */
export async function publishForeign(
  options: PubSub & { readonly topic: Topic },
  message: { readonly data: unknown; readonly attributes?: Readonly<Record<string, string>> },
): Promise<void> {
  const data = Buffer.from(JSON.stringify(message.data)).toString('base64');
  const response = await fetch(
    `http://${options.pubsubHost}/v1/projects/${options.project}/topics/${options.topic}:publish`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ data, attributes: message.attributes ?? {} }] }),
    },
  );
  await response.text();
}
