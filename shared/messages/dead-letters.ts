import { errorCode, publicMessage } from '../errors.ts';
import type { DeadLetter } from '../outside/dead-letters.ts';
import { decodeRunEvent } from './codec.ts';
import { allTopics, subscriptionOf, type Topic } from './topics.ts';

const hour = 3_600_000;
const mostReplays = 3;

/** In the attributes of a message: how often it was played again, and by which topic it first came. */
const countAttribute = 'replays';
export const topicAttribute = 'topic';
export const reasonAttribute = 'reason';
/** What Pub/Sub adds to those that it puts aside (https://cloud.google.com/pubsub/docs/dead-letter-topics). */
const pubsubAttributes = 'CloudPubSubDeadLetter';
const sourceAttribute = 'CloudPubSubDeadLetterSourceSubscription';

export type Aside =
  /** It is sound, and is told once more. */
  | { readonly type: 'replay'; readonly text: string; readonly attributes: Readonly<Record<string, string>> }
  /** It is sound, and its time has not come. */
  | { readonly type: 'rest' }
  /** What it told of is found by the tick as well. */
  | { readonly type: 'forget' }
  /** Nobody can handle it, or nobody has: a person is to see it. */
  | { readonly type: 'keep'; readonly topic: Topic | null; readonly reason: string; readonly replays: number };

/**
 * What becomes of a message that was put aside. What cannot be had from anywhere else, a push or a person's order, is played again an
 * hour later, three times. Pure.
 * @param topicPrefix stands before the names of topics and subscriptions
 */
export function asideOf(letter: DeadLetter, topicPrefix: string, now: Date): Aside {
  const topic = topicOf(letter, topicPrefix);
  const replays = Number(/^\d{1,3}$/.exec(letter.attributes[countAttribute] ?? '')?.[0] ?? 0);
  const given = letter.attributes[reasonAttribute];
  switch (topic) {
    case 'pushes':
    case 'orders':
    case 'replays': {
      const problem = problemOf(topic, letter);
      if (problem !== null) return { type: 'keep', topic, reason: given ?? problem, replays };
      if (replays >= mostReplays) return { type: 'keep', topic, reason: given ?? 'it failed each time', replays };
      if (now.getTime() - letter.at.getTime() < hour) return { type: 'rest' };
      return { type: 'replay', text: letter.text, attributes: replayed(letter, replays + 1) };
    }
    case 'volumes':
    case 'run-changes':
    case 'job-events':
    case 'signals':
    case 'ticks':
      return given === undefined ? { type: 'forget' } : { type: 'keep', topic, reason: given, replays };
    case null:
      return { type: 'keep', topic, reason: given ?? 'nobody knows by which topic it came', replays };
  }
}

function topicOf({ attributes }: DeadLetter, prefix: string): Topic | null {
  const source = attributes[sourceAttribute];
  const told = attributes[topicAttribute];
  return (
    allTopics.find((topic) => source === `${prefix}${subscriptionOf(topic)}`) ??
    allTopics.find((topic) => told === topic) ??
    null
  );
}

function problemOf(topic: Topic, { id, text, attributes }: DeadLetter): string | null {
  try {
    decodeRunEvent(topic, { id, text, attributes });
    return null;
  } catch (error) {
    return `${errorCode(error)}: ${publicMessage(error)}`;
  }
}

function replayed({ attributes }: DeadLetter, count: number): Readonly<Record<string, string>> {
  const own = Object.entries(attributes).filter(
    ([name]) => name !== reasonAttribute && name !== topicAttribute && !name.startsWith(pubsubAttributes),
  );
  return { ...Object.fromEntries(own), [countAttribute]: String(count) };
}
