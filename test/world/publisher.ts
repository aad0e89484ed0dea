import type { Outgoing, Publisher } from '../../shared/outside/publisher.ts';

/** What was published and not yet delivered. */
export interface Published extends Outgoing {
  readonly topic: string;
  readonly id: string;
}

/** Topics in memory, which deliver nothing by themselves. */
export function createMemoryPublisher(): Publisher & { readonly waiting: Published[] } {
  const waiting: Published[] = [];
  const made = { messages: 0 };
  return {
    waiting,
    async publish(topic, message) {
      await Promise.resolve();
      made.messages += 1;
      waiting.push({ ...message, topic, id: String(made.messages) });
    },
  };
}

/** A message as the Functions Framework hands it to a function that Pub/Sub pushes it to. */
export function eventOf({ topic, id, text, attributes }: Published): {
  readonly id: string;
  readonly source: string;
  readonly data: object;
} {
  return {
    id,
    source: `//pubsub.googleapis.com/projects/p/topics/${topic}`,
    data: { message: { data: Buffer.from(text).toString('base64'), attributes, messageId: id } },
  };
}
