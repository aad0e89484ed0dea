import type { Publisher } from '../outside/publisher.ts';
import { traceAttributes } from '../trace.ts';
import { encode, type RawMessage } from './codec.ts';
import type { Message } from './messages.ts';
import { deadLetters } from './topics.ts';

/** Publishes the messages between the functions. */
export interface Messenger {
  /**
   * Resolves when Pub/Sub has accepted the message.
   * @throws YbError `publish-failed` if it was refused or the outcome is unknown: publishing again is harmless;
   * `unprocessable` for one that its own reader would refuse
   */
  publish(message: Message): Promise<void>;
  /** Puts aside a message that can never be handled, as it came, with the reason in an attribute. */
  deadLetter(raw: RawMessage, reason: string): Promise<void>;
}

/** Attribute values have at most 1,024 bytes. */
const longestReason = 250;

export function createMessenger(publisher: Publisher): Messenger {
  return {
    async publish(message) {
      const { topic, text } = encode(message);
      return await publisher.publish(topic, { text, attributes: traceAttributes() });
    },
    async deadLetter(raw, reason) {
      const attributes = { ...raw.attributes, reason: reason.slice(0, longestReason) };
      await publisher.publish(deadLetters, { text: raw.text, attributes });
    },
  };
}
