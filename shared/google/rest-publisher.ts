import { YbError } from '../errors.ts';
import { sendHttp } from '../http.ts';
import type { Outgoing, Publisher } from '../outside/publisher.ts';
import { count } from '../tally.ts';
import { createLane, type Lane } from './lane.ts';
import type { TokenSource } from './token.ts';

export interface RestPublisherOptions {
  readonly project: string;
  /** Stands before the name of each topic. */
  readonly topicPrefix: string;
  readonly emulatorHost?: string | undefined;
  readonly token: TokenSource;
  /** Of one request. Below GitHub's 10 s, so that a webhook can still answer when Pub/Sub hangs. */
  readonly timeoutMilliseconds: number;
}

/**
 * {@link Publisher} over Pub/Sub's REST API (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish).
 * The gRPC client would double the cold start of a webhook (`docs/decisions/0001-webhook-speaks-rest.md`). Messages that come
 * while requests of their topic are on the way travel together.
 */
export function createRestPublisher(options: RestPublisherOptions): Publisher {
  const base = options.emulatorHost === undefined ? 'https://pubsub.googleapis.com' : `http://${options.emulatorHost}`;
  const lanes = new Map<string, Lane<Outgoing>>();
  const laneOf = (topic: string): Lane<Outgoing> => {
    const known = lanes.get(topic);
    if (known !== undefined) return known;
    const url = `${base}/v1/projects/${options.project}/topics/${options.topicPrefix}${topic}:publish`;
    const lane = createLane<Outgoing>(async (messages) => {
      await post({ ...options, url, messages });
    });
    lanes.set(topic, lane);
    return lane;
  };
  return {
    publish(topic, message) {
      count('pubsub');
      return laneOf(topic).send(message);
    },
  };
}

function wireForm({ text, attributes }: Outgoing): object {
  const data = Buffer.from(text).toString('base64');
  return Object.keys(attributes).length === 0 ? { data } : { data, attributes };
}

async function post(
  options: RestPublisherOptions & { readonly url: string; readonly messages: readonly Outgoing[] },
): Promise<void> {
  try {
    const authorization =
      options.emulatorHost === undefined ? { authorization: `Bearer ${await options.token()}` } : {};
    const { status } = await sendHttp({
      method: 'POST',
      url: options.url,
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ messages: options.messages.map(wireForm) }),
      timeoutMilliseconds: options.timeoutMilliseconds,
    });
    if (status < 200 || status >= 300) throw new YbError('publish-failed', `Pub/Sub answered ${status}`);
  } catch (error) {
    throw error instanceof YbError
      ? error
      : new YbError('publish-failed', 'Pub/Sub cannot be reached', { cause: error });
  }
}
