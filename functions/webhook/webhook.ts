import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { YbError, errorCode, errorTable, publicMessage } from '../../shared/errors.ts';
import { isWithin } from '../../shared/json-limits.ts';
import { type Work, unitOfWork } from '../../shared/log.ts';
import { type Messenger, createMessenger } from '../../shared/messages/messenger.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import { deliveryIdLimit } from '../../shared/run/trigger.ts';
import { HookKey, liveSecrets, markNewest, markSeen } from '../../shared/store/hooks.ts';
import { traceOf } from '../../shared/trace.ts';
import { type Asked, askedOf } from './delivery.ts';
import { type HookCache, type OpenHook, createHookCache } from './hook-cache.ts';

/** GitHub cuts payloads at 25 MB (https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap). */
export const maxBodyBytes = 25 * 1024 * 1024;

/** A delivery, as it came over HTTP. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes as they came, or why they were not read. */
  readonly body: Uint8Array | YbError;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** What a webhook may reach. */
export type WebhookOutside = Pick<Outside, 'hooks' | 'publisher' | 'clock' | 'log'> & {
  readonly keys: { readonly hooks: Opener };
};

/** The hook of the GitHub App itself, where this installation is one. */
export interface AppHook {
  readonly hookKey: string;
  readonly secret: string;
}

/** The parts of one webhook, made once for the life of an instance. */
interface Parts extends WebhookOutside {
  readonly app: AppHook | null;
  readonly cache: HookCache;
  readonly messenger: Messenger;
}

/**
 * Receives deliveries of GitHub, `POST /{hookKey}`: receive → verify → ask what it wants → publish. A 2xx means that whatever
 * the delivery asks for is safe with Pub/Sub; anything else, that GitHub should record a failed delivery. Unknown hooks and
 * wrong signatures look alike, and nothing is parsed before its signature is right.
 */
export function createWebhook(outside: WebhookOutside, app: AppHook | null): (incoming: Incoming) => Promise<Answer> {
  const cache = createHookCache({ hooks: outside.hooks, key: outside.keys.hooks, clock: outside.clock });
  const parts: Parts = { ...outside, app, cache, messenger: createMessenger(outside.publisher) };
  return async (incoming) => {
    const { headers } = incoming;
    const fields = { event: header(incoming, 'x-github-event'), delivery: header(incoming, 'x-github-delivery') };
    try {
      return await unitOfWork(
        { log: outside.log, clock: outside.clock, op: 'receive', fields, trace: traceOf(headers) },
        async (work) => await receive(parts, incoming, work),
      );
    } catch (error) {
      return refusal(error);
    }
  };
}

function refusal(error: unknown): Answer {
  const code = errorCode(error);
  const { status } = errorTable[code];
  const headers = status === 405 ? { allow: 'POST' } : status === 503 ? { 'retry-after': '30' } : {};
  return { status, headers, body: { error: code, message: publicMessage(error) } };
}

async function receive(parts: Parts, incoming: Incoming, work: Work): Promise<Answer> {
  const { headers, method, body } = incoming;
  if (method !== 'POST') throw new YbError('method-not-allowed', 'Deliveries are sent with POST.');
  if (body instanceof YbError) throw body;
  if (!saysJson(headers)) {
    throw new YbError('unsupported-media-type', 'Set the content type of the hook to application/json.');
  }
  const hookKey = incoming.path.replace(/^\/+|\/+$/g, '');
  const signature = /^sha256=([0-9a-f]{64})$/.exec(header(incoming, 'x-hub-signature-256') ?? '')?.[1];
  const signed = signature === undefined ? null : { body, signature };
  const known = hookOfApp(parts, hookKey) ?? parts.cache.peek(hookKey) ?? null;
  const hook =
    signed === null ? null : (knownSigner(parts, known, signed) ?? (await signer(parts, hookKey, signed, known)));
  if (signed === null || hook === null) {
    throw new YbError('unauthenticated', 'There is no such hook, or its secret did not sign this delivery.');
  }
  if (hook.repoId !== null) work.note({ repo: hook.repoId });
  const event = header(incoming, 'x-github-event');
  if (event === undefined) throw new YbError('bad-request', 'The header X-GitHub-Event is missing.');
  const asked = askedOf({
    event,
    id: header(incoming, 'x-github-delivery') ?? null,
    payload: readJson(body),
    repoId: hook.repoId,
    receivedAt: parts.clock.now(),
  });
  // Hardly ever: of all other deliveries no promise more is made.
  const noted = provesNewest(hook, signed) ? noteNewest(parts, hookKey, hook) : null;
  const answer = await act(parts, hookKey, asked, work);
  if (noted !== null) await noted;
  work.note({ status: answer.status });
  return answer;
}

async function act(parts: Parts, hookKey: string, asked: Asked, work: Work): Promise<Answer> {
  switch (asked.type) {
    case 'ping':
      if (hookKey !== parts.app?.hookKey) await markSeen(parts.hooks, hookKey, parts.clock.now());
      return answer(200, { ok: true });
    case 'nothing':
      work.note({ ignored: asked.reason });
      return answer(200, { ignored: asked.reason });
    case 'look':
      await Promise.all(
        asked.repoIds.map(async (repoId) => {
          await parts.messenger.publish({ v: 1, type: 'repository.changed', repoId, told: 'host' });
        }),
      );
      return answer(200, { looks: asked.repoIds.length });
    case 'run':
      work.note({ run: asked.request.runId });
      await parts.messenger.publish(asked.request);
      return answer(202, { run: asked.request.runId });
  }
}

interface Signed {
  readonly body: Uint8Array;
  /** HMAC-SHA-256 in hexadecimal. */
  readonly signature: string;
}

/** The hook whose secret signed these bytes: of most deliveries it is at hand, and nothing is waited for. */
function knownSigner({ clock }: Parts, known: OpenHook | null, signed: Signed): OpenHook | null {
  return known !== null && isSigned(known, signed, clock.now()) ? known : null;
}

/** The hook of the App, if this is its key. */
function hookOfApp({ app }: Parts, hookKey: string): OpenHook | null {
  if (app === null || hookKey !== app.hookKey) return null;
  return { repoId: null, secrets: [{ plain: app.secret, sealed: '', retiresAt: null }], newestSeen: true };
}

/** The same, read if need be; null for every reason why there is none. @param tried one whose secrets did not sign it */
async function signer(parts: Parts, hookKey: string, signed: Signed, tried: OpenHook | null): Promise<OpenHook | null> {
  if (!HookKey.safeParse(hookKey).success) return null;
  // The App's hook is in no database.
  if (tried?.repoId === null) return null;
  const hook = await parts.cache.find(hookKey);
  const found = hook === tried ? null : knownSigner(parts, hook, signed);
  if (found !== null) return found;
  const newer = await parts.cache.again(hookKey);
  return newer === hook ? null : knownSigner(parts, newer, signed);
}

/**
 * Over the bytes as they came, before anything reads them: a text would already be somebody's reading of them, and
 * `verify` of `@octokit/webhooks-methods` takes nothing else. https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
 */
function isSigned(hook: OpenHook, { body, signature }: Signed, now: Date): boolean {
  const { secrets, newestSeen } = hook;
  return liveSecrets(secrets, { newestSeen, now }).some(({ plain }) => signs(plain, { body, signature }));
}

function signs(secret: string, { body, signature }: Signed): boolean {
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), Buffer.from(signature, 'hex'));
}

/** Whether it is the first delivery after a rotation that the newest secret signed. */
function provesNewest({ secrets: [newest, before], newestSeen }: OpenHook, signed: Signed): boolean {
  return !newestSeen && newest !== undefined && before !== undefined && signs(newest.plain, signed);
}

/** Ends the older secrets. Where it cannot be written, the next delivery does it; never throws. */
async function noteNewest({ hooks, cache, clock }: Parts, hookKey: string, hook: OpenHook): Promise<void> {
  try {
    await markNewest(hooks, hookKey, clock.now());
    cache.newestSeen(hookKey, hook);
  } catch {
    // The delivery itself is not to fail for it.
  }
}

/** Far above a push of 2,048 commits with all their files; what is small can hold no more than it is. */
const jsonLimits = { depth: 64, values: 3_000_000 };
const unlimitedBytes = 256 * 1024;

function readJson(body: Uint8Array): unknown {
  if (body.length > unlimitedBytes && !isWithin(body, jsonLimits))
    throw new YbError('bad-request', 'The body holds more values than a delivery has, or deeper ones.');
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new YbError('bad-request', 'The body is not JSON.');
  }
}

/** Whether the sender said that the body is plain JSON. */
function saysJson(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  return /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '') && encoding === 'identity';
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
