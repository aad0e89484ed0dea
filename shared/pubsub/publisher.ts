import { YbError } from '../errors.ts';
import type { TokenSource } from '../google-token.ts';
import { sendHttp } from '../http-client.ts';
import type { Message } from '../messages/messages.ts';
import { type TopicRole, topicOf } from '../messages/topics.ts';
import { count } from '../tally.ts';
import type { RawMessage } from '../messages/codec.ts';

export interface Publisher {
  /**
   * Resolves when Pub/Sub has accepted the message.
   * @throws YbError `publish-failed` if it was refused or the outcome is unknown: publishing again is harmless.
   */
  publish(message: Message): Promise<void>;
  /** Puts aside a message that can never be handled, as it came, with the reason in an attribute. */
  deadLetter(raw: RawMessage, reason: string): Promise<void>;
}

export interface PublisherOptions {
  readonly project: string;
  readonly topics: Readonly<Record<TopicRole | 'dead-letters', string>>;
  readonly emulatorHost?: string | undefined;
  readonly token: TokenSource;
  /** Below GitHub's 10 s, so that a webhook can still answer when Pub/Sub hangs. */
  readonly timeoutMilliseconds: number;
}

interface Outgoing {
  readonly data: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * {@link Publisher} over Pub/Sub's REST API (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish).
 * The gRPC client would double the cold start of a function that does nothing else. Messages that come while a request of their
 * topic is on the way travel together in the next one.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const base = options.emulatorHost === undefined ? 'https://pubsub.googleapis.com' : `http://${options.emulatorHost}`;
  const lanes = new Map<string, Lane>();
  const send = (topic: string, message: Outgoing): Promise<void> => {
    count('pubsub');
    const lane =
      lanes.get(topic) ??
      createLane(async (messages) => {
        await post({ ...options, url: `${base}/v1/projects/${options.project}/topics/${topic}:publish`, messages });
      });
    lanes.set(topic, lane);
    return lane.send(message);
  };
  return {
    publish: (message) => send(options.topics[topicOf(message)], { data: encode(JSON.stringify(message)) }),
    async deadLetter(raw, reason) {
      // Attribute values are limited to 1,024 bytes.
      const attributes = { ...raw.attributes, reason: reason.slice(0, 250) };
      // A message needs data or an attribute; the attribute is there.
      await send(options.topics['dead-letters'], { data: encode(raw.text), attributes });
    },
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface Lane {
  send(message: Outgoing): Promise<void>;
}

/** One at a time: what comes meanwhile travels together, so that load makes batches instead of requests. */
const maxInFlight = 1;
/** Pub/Sub takes 1,000 a request; a smaller batch loses less when it fails. */
const maxBatch = 100;

/** Sends at once while little is on the way, else together with whatever else waits. */
function createLane(deliver: (messages: readonly Outgoing[]) => Promise<void>): Lane {
  const waiting: { message: Outgoing; resolve: () => void; reject: (error: unknown) => void }[] = [];
  const flight = { count: 0 };
  const next = async (): Promise<void> => {
    const batch = waiting.splice(0, maxBatch);
    if (batch.length === 0) return;
    flight.count += 1;
    try {
      await deliver(batch.map(({ message }) => message));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      flight.count -= 1;
    }
    await next();
  };
  return {
    send: (message) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ message, resolve, reject });
        if (flight.count < maxInFlight) void next();
      }),
  };
}

async function post(
  options: PublisherOptions & { readonly url: string; readonly messages: readonly Outgoing[] },
): Promise<void> {
  try {
    const authorization =
      options.emulatorHost === undefined ? { authorization: `Bearer ${await options.token()}` } : {};
    const { status } = await sendHttp({
      method: 'POST',
      url: options.url,
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ messages: options.messages }),
      timeoutMilliseconds: options.timeoutMilliseconds,
    });
    if (status < 200 || status >= 300) throw new YbError('publish-failed', `Pub/Sub answered ${status}`);
  } catch (error) {
    throw error instanceof YbError
      ? error
      : new YbError('publish-failed', 'Pub/Sub cannot be reached', { cause: error });
  }
}
