import { YbError } from '../../shared/errors.ts';
import { allTopics, deadLetters, delivery, subscriptionOf } from '../../shared/messages/topics.ts';
import type { Publisher } from '../../shared/outside/publisher.ts';
import type { Published } from '../world/publisher.ts';
import type { Draw } from './draw.ts';

/** A message on its way to its subscriber. */
export interface Letter {
  readonly message: Published;
  /** When it may be delivered, in milliseconds of the story's clock. */
  readonly due: number;
  /** How often it was delivered and not acknowledged. */
  readonly tries: number;
}

/** Pub/Sub as it promises to be: at least once, in any order, again with growing delay, and in the end put aside. */
export interface Mail extends Publisher {
  readonly letters: Letter[];
  /** Takes one that is due out; whoever took it says what became of it. */
  take(now: number): Letter | undefined;
  acknowledged(letter: Letter): void;
  refused(letter: Letter): void;
}

export function createMail(options: {
  readonly draw: Draw;
  readonly now: () => number;
  readonly calm: () => boolean;
  /** Takes what its subscription gave up, or what a function put aside. */
  readonly aside: (message: Published) => void;
}): Mail {
  const { draw, now, calm } = options;
  // In some stories all that fails for minutes lies aside, in most nothing does before it has failed for hours.
  const mostTries = draw.pick([4, delivery.maxDeliveryAttempts, delivery.maxDeliveryAttempts] as const) ?? 4;
  const letters: Letter[] = [];
  const made = { messages: 0 };
  const send = (message: Published, after: number, tries = 0): void => {
    letters.push({ message, due: now() + after, tries });
  };
  return {
    letters,
    async publish(topic, message) {
      await Promise.resolve();
      if (message.text.length > 10_000_000) throw new YbError('publish-failed', 'larger than Pub/Sub takes');
      made.messages += 1;
      const published = { ...message, topic, id: String(made.messages) };
      // A topic without a push subscription.
      if (topic === deadLetters) options.aside(published);
      else send(published, calm() ? 0 : delay(draw));
    },
    take(at) {
      const due = letters.filter((one) => one.due <= at);
      const letter = draw.pick(due);
      if (letter !== undefined) letters.splice(letters.indexOf(letter), 1);
      return letter;
    },
    acknowledged({ message }) {
      // The acknowledgement was lost.
      if (!calm() && draw.chance(0.05)) send(message, draw.below(delivery.ackDeadlineSeconds * 1000));
    },
    refused({ message, tries }) {
      if (tries + 1 >= mostTries) {
        const topic = allTopics.find((one) => one === message.topic);
        const source = topic === undefined ? '' : subscriptionOf(topic);
        const attributes = { ...message.attributes, CloudPubSubDeadLetterSourceSubscription: source };
        options.aside({ ...message, attributes });
        return;
      }
      const { minimumBackoffSeconds: least, maximumBackoffSeconds: most } = delivery;
      send(message, Math.min(least * 2 ** tries, most) * 1000, tries + 1);
    },
  };
}

/** Most messages are there at once, a few late, and one in a hundred so late that its deadline has passed. */
function delay(draw: Draw): number {
  const luck = draw.fraction();
  if (luck < 0.8) return draw.below(100);
  return luck < 0.99 ? draw.below(20_000) : draw.below(delivery.ackDeadlineSeconds * 1000);
}
