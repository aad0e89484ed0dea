import type { Outgoing, Publisher } from '../outside/publisher.ts';
import { count } from '../tally.ts';
import { createLane, type Lane } from './lane.ts';
import { askPubSub, type PubSubOptions } from './pubsub-request.ts';

/**
 * {@link Publisher} over Pub/Sub's REST API (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish).
 * The gRPC client would double the cold start of a webhook (`docs/decisions/0001-webhook-speaks-rest.md`). Messages that come
 * while requests of their topic are on the way travel together.
 * @param options.timeoutMilliseconds below GitHub's 10 s, so that a webhook can still answer when Pub/Sub hangs
 */
export function createRestPublisher(options: PubSubOptions): Publisher {
  const lanes = new Map<string, Lane<Outgoing>>();
  const laneOf = (topic: string): Lane<Outgoing> => {
    const known = lanes.get(topic);
    if (known !== undefined) return known;
    const path = `topics/${options.topicPrefix}${topic}:publish`;
    const lane = createLane<Outgoing>(async (messages) => {
      await askPubSub(options, path, { messages: messages.map(wireForm) });
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
