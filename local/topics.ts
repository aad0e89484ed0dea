import { YbError } from '../shared/errors.ts';

/** Topics and subscriptions of the local system: the same as in the cloud, without identities. */
export interface Subscription {
  readonly name: string;
  readonly topic: string;
  /** Null for a subscription that is pulled. */
  readonly pushEndpoint: string | null;
}

const deadLetterTopic = 'dead-letters';
/** Not below the functions' own time limit, so that no message is delivered again while it is handled. */
const ackDeadlineSeconds = 60;

export async function createTopics(options: {
  readonly pubsubHost: string;
  readonly project: string;
  readonly topics: readonly string[];
  readonly subscriptions: readonly Subscription[];
}): Promise<void> {
  const base = `http://${options.pubsubHost}/v1/projects/${options.project}`;
  const full = (topic: string): string => `projects/${options.project}/topics/${topic}`;
  for (const topic of options.topics) await put(`${base}/topics/${topic}`, {});
  for (const { name, topic, pushEndpoint } of options.subscriptions) {
    const push = pushEndpoint === null ? {} : { pushConfig: { pushEndpoint } };
    const deadLetters =
      topic === deadLetterTopic
        ? {}
        : { deadLetterPolicy: { deadLetterTopic: full(deadLetterTopic), maxDeliveryAttempts: 10 } };
    const body = {
      topic: full(topic),
      ackDeadlineSeconds,
      retryPolicy: { minimumBackoff: '1s', maximumBackoff: '60s' },
      expirationPolicy: {},
      ...push,
      ...deadLetters,
    };
    // Ports change between two starts: an old subscription would push to nobody.
    await fetch(`${base}/subscriptions/${name}`, { method: 'DELETE' });
    await put(`${base}/subscriptions/${name}`, body);
  }
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
  options: { readonly pubsubHost: string; readonly project: string; readonly topic: string },
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
