import * as z from 'zod';
import { YbError } from '../errors.ts';
import { sendHttp } from '../http.ts';
import { parseJson } from '../json.ts';
import { deadLetters, subscriptionOf } from '../messages/topics.ts';
import type { DeadLetters } from '../outside/dead-letters.ts';
import { count } from '../tally.ts';
import type { TokenSource } from './token.ts';

const timeoutMilliseconds = 10_000;

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
export function createDeadLetters(options: {
  readonly project: string;
  /** Stands before the name of each subscription. */
  readonly topicPrefix: string;
  readonly emulatorHost?: string | undefined;
  readonly token: TokenSource;
}): DeadLetters {
  const { project, topicPrefix, emulatorHost } = options;
  const base = emulatorHost === undefined ? 'https://pubsub.googleapis.com' : `http://${emulatorHost}`;
  const subscription = `${base}/v1/projects/${project}/subscriptions/${topicPrefix}${subscriptionOf(deadLetters)}`;
  const ask = async (method: 'pull' | 'acknowledge', body: object): Promise<string> => {
    count('pubsub');
    try {
      const authorization = emulatorHost === undefined ? { authorization: `Bearer ${await options.token()}` } : {};
      const answer = await sendHttp({
        method: 'POST',
        url: `${subscription}:${method}`,
        headers: { 'content-type': 'application/json', ...authorization },
        body: JSON.stringify(body),
        timeoutMilliseconds,
      });
      if (answer.status < 200 || answer.status >= 300)
        throw new YbError('publish-failed', `Pub/Sub answered ${answer.status}`);
      return answer.text;
    } catch (error) {
      throw error instanceof YbError
        ? error
        : new YbError('publish-failed', 'Pub/Sub cannot be reached', { cause: error });
    }
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
