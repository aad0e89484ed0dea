import type { Outgoing, Publisher } from '../outside/publisher.ts';
import { traceAttributes } from '../trace.ts';
import { encode, type RawMessage } from './codec.ts';
import type { Message } from './messages.ts';
import { reasonAttribute, topicAttribute } from './dead-letters.ts';
import { deadLetters, type Topic } from './topics.ts';

/** Publishes the messages between the functions. */
export interface Messenger {
  /**
   * Resolves when Pub/Sub has accepted the message.
   * @throws YbError `publish-failed` if it was refused or the outcome is unknown: publishing again is harmless;
   * `unprocessable` for one that its own reader would refuse
   */
  publish(message: Message): Promise<void>;
  /** Puts aside a message that can never be handled, as it came, with the reason and the topic in attributes. */
  deadLetter(raw: RawMessage, reason: string, topic: Topic | null): Promise<void>;
  /** Tells a message once more that was put aside, as it came. @throws as {@link publish} */
  replay(message: Outgoing): Promise<void>;
}

/** Attribute values have at most 1,024 bytes. */
const longestReason = 250;

export function createMessenger(publisher: Publisher): Messenger {
  return {
    async publish(message) {
      const { topic, text } = encode(message);
      return await publisher.publish(topic, { text, attributes: traceAttributes() });
    },
    async deadLetter(raw, reason, topic) {
      const attributes = {
        ...raw.attributes,
        [reasonAttribute]: reason.slice(0, longestReason),
        ...(topic === null ? {} : { [topicAttribute]: topic }),
      };
      await publisher.publish(deadLetters, { text: raw.text, attributes });
    },
    async replay({ text, attributes }) {
      await publisher.publish('replays', { text, attributes });
    },
  };
}
