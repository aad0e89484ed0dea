import * as z from 'zod';
import { parseJson } from '../json.ts';
import { deadLetters, subscriptionOf } from '../messages/topics.ts';
import type { DeadLetters } from '../outside/dead-letters.ts';
import { count } from '../tally.ts';
import { askPubSub, type PubSubOptions } from './pubsub-request.ts';

const Pulled = z.object({
  receivedMessages: z
    .array(
      z.object({
        ackId: z.string(),
        message: z.object({
          data: z.string().default(''),
          attributes: z.record(z.string(), z.string()).default({}),
          messageId: z.string(),
          publishTime: z.iso.datetime({ offset: true }),
        }),
      }),
    )
    .default([]),
});

/**
 * {@link DeadLetters} over Pub/Sub's REST API
 * (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull): one question a minute needs no stream.
 */
export function createDeadLetters(options: PubSubOptions): DeadLetters {
  const subscription = `subscriptions/${options.topicPrefix}${subscriptionOf(deadLetters)}`;
  const ask = async (method: 'pull' | 'acknowledge', body: object): Promise<string> => {
    count('pubsub');
    return await askPubSub(options, `${subscription}:${method}`, body);
  };
  return {
    async pull(most) {
      // Without the wait for messages that are not there yet.
      const text = await ask('pull', { maxMessages: most, returnImmediately: true });
      const { receivedMessages } = parseJson(Pulled, text, { what: 'answer of Pub/Sub', code: 'publish-failed' });
      return receivedMessages.map(({ ackId, message }) => ({
        receipt: ackId,
        id: message.messageId,
        text: Buffer.from(message.data, 'base64').toString('utf8'),
        attributes: message.attributes,
        at: new Date(message.publishTime),
      }));
    },
    async acknowledge(receipts) {
      if (receipts.length > 0) await ask('acknowledge', { ackIds: receipts });
    },
  };
}
