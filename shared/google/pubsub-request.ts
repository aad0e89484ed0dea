import { YbError } from '../errors.ts';
import { sendHttp } from '../http.ts';
import type { TokenSource } from './token.ts';

/** Where Pub/Sub's REST API is asked, and in whose name. */
export interface PubSubOptions {
  readonly project: string;
  /** Stands before the name of each topic and subscription. */
  readonly topicPrefix: string;
  readonly emulatorHost?: string | undefined;
  readonly token: TokenSource;
  /** Of one request. */
  readonly timeoutMilliseconds: number;
}

/**
 * Asks something of a topic or a subscription: `topics/NAME:publish`.
 * @returns the answer's text. @throws YbError `publish-failed` if it was refused or the outcome is unknown
 */
export async function askPubSub(options: PubSubOptions, path: string, body: object): Promise<string> {
  const { project, emulatorHost, timeoutMilliseconds } = options;
  const base = emulatorHost === undefined ? 'https://pubsub.googleapis.com' : `http://${emulatorHost}`;
  try {
    const authorization = emulatorHost === undefined ? { authorization: `Bearer ${await options.token()}` } : {};
    const { status, text } = await sendHttp({
      method: 'POST',
      url: `${base}/v1/projects/${project}/${path}`,
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
      timeoutMilliseconds,
    });
    if (status < 200 || status >= 300) throw new YbError('publish-failed', `Pub/Sub answered ${status}`);
    return text;
  } catch (error) {
    throw error instanceof YbError
      ? error
      : new YbError('publish-failed', 'Pub/Sub cannot be reached', { cause: error });
  }
}
