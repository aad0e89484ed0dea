import type { IncomingHttpHeaders } from 'node:http';
import { verify } from '@octokit/webhooks-methods';
import type { Clock } from '../../shared/clock.ts';
import { YbError, errorTable, errorCode, publicMessage } from '../../shared/errors.ts';
import { type Log, type Work, unitOfWork } from '../../shared/log.ts';
import type { Publisher } from '../../shared/pubsub/publisher.ts';
import { saysJson } from '../../shared/raw-bodies.ts';
import { deliveryIdLimit } from '../../shared/run/trigger.ts';
import type { KeyRing } from '../../shared/secrets.ts';
import { HookKey, liveSecrets } from '../../shared/store/hooks.ts';
import type { HookStore } from '../../shared/store/hook-store.ts';
import { type Request, requestOf } from './delivery.ts';
import { type HookCache, type OpenHook, createHookCache } from './hook-cache.ts';

/** GitHub cuts payloads at 25 MB (https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap). */
const maxBodyBytes = 25 * 1024 * 1024;

/** An HTTP request as far as it matters here. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came. */
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export interface ReceiverOptions {
  readonly hooks: HookStore;
  readonly keys: KeyRing;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Receives deliveries of GitHub: `POST /{hookKey}`. A 2xx means that whatever the delivery asks for is safe with Pub/Sub;
 * anything else that GitHub should record a failed delivery. Unknown hooks and wrong signatures look alike.
 */
export function createReceiver(options: ReceiverOptions): (incoming: Incoming) => Promise<Answer> {
  const cache = createHookCache(options);
  return async (incoming) => {
    const fields = { event: header(incoming, 'x-github-event'), delivery: header(incoming, 'x-github-delivery') };
    try {
      return await unitOfWork({ ...options, op: 'receive', fields }, async (work) => {
        const answer = await receive(options, cache, incoming, work);
        work.note({ status: answer.status });
        return answer;
      });
    } catch (error) {
      const code = errorCode(error);
      const { status } = errorTable[code];
      const headers = status === 405 ? { allow: 'POST' } : status === 503 ? { 'retry-after': '30' } : {};
      return { status, headers, body: { error: code, message: publicMessage(error) } };
    }
  };
}

async function receive(options: ReceiverOptions, cache: HookCache, incoming: Incoming, work: Work): Promise<Answer> {
  if (incoming.method !== 'POST') throw new YbError('method-not-allowed', 'Deliveries are sent with POST.');
  if (incoming.body.length > maxBodyBytes) throw new YbError('payload-too-large', 'A payload has at most 25 MB.');
  if (!saysJson(incoming.headers)) {
    throw new YbError('unsupported-media-type', 'Set the content type of the hook to application/json.');
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(incoming.body);
  const payload = readJson(text);
  const { hookKey, hook } = await authentic(options, cache, incoming, text);
  work.note({ repo: hook.repoId });
  const event = header(incoming, 'x-github-event');
  if (event === undefined) throw new YbError('bad-request', 'The header X-GitHub-Event is missing.');
  const request = requestOf({
    event,
    id: header(incoming, 'x-github-delivery') ?? null,
    payload,
    repoId: hook.repoId,
    receivedAt: options.clock.now(),
  });
  return await act(options, hookKey, request, work);
}

async function act(options: ReceiverOptions, hookKey: string, request: Request, work: Work): Promise<Answer> {
  switch (request.type) {
    case 'ping':
      await options.hooks.markSeen(hookKey, options.clock.now());
      return answer(200, { ok: true });
    case 'nothing':
      work.note({ ignored: request.reason });
      return answer(200, { ignored: request.reason });
    case 'run':
      work.note({ run: request.request.runId });
      await options.publisher.publish(request.request);
      return answer(202, { run: request.request.runId });
  }
}

/** The hook whose secret signed these bytes. @throws YbError `unauthenticated`, the same for every reason */
async function authentic(
  options: ReceiverOptions,
  cache: HookCache,
  incoming: Incoming,
  text: string,
): Promise<{ readonly hookKey: string; readonly hook: OpenHook }> {
  const hookKey = incoming.path.replace(/^\/+|\/+$/g, '');
  const signature = header(incoming, 'x-hub-signature-256') ?? '';
  if (HookKey.safeParse(hookKey).success && /^sha256=[0-9a-f]{64}$/.test(signature)) {
    const now = options.clock.now();
    const hook = cache.peek(hookKey) ?? (await cache.find(hookKey));
    if (hook !== null && (await isSigned({ hook, text, signature, now }))) return { hookKey, hook };
    const newer = await cache.again(hookKey);
    if (newer !== null && newer !== hook && (await isSigned({ hook: newer, text, signature, now }))) {
      return { hookKey, hook: newer };
    }
  }
  throw new YbError('unauthenticated', 'The hook is not known here, or the signature does not fit.');
}

async function isSigned(delivery: {
  readonly hook: OpenHook;
  readonly text: string;
  readonly signature: string;
  readonly now: Date;
}): Promise<boolean> {
  for (const { plain } of liveSecrets(delivery.hook.secrets, delivery.now)) {
    // An empty body cannot be signed by GitHub; the library refuses to look at it.
    if (delivery.text !== '' && (await verify(plain, delivery.text, delivery.signature))) return true;
  }
  return false;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new YbError('bad-request', 'The body is not JSON.');
  }
}

/** The first value of a header, cut to what a log line may hold. */
function header(incoming: Incoming, name: string): string | undefined {
  const value = incoming.headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === '' ? undefined : first.slice(0, deliveryIdLimit);
}

function answer(status: number, body: object): Answer {
  return { status, headers: {}, body };
}
