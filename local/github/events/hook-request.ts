import { createHmac } from 'node:crypto';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Hook } from '../state.ts';

/** How one POST to a hook ended. */
export interface HookAnswer {
  /** `OK`, or why the delivery counts as failed. */
  readonly status: string;
  /** 0 if there was no answer. */
  readonly statusCode: number;
  readonly seconds: number;
  readonly response: { readonly headers: Record<string, string>; readonly payload: string } | null;
}

export interface HookDelivery {
  readonly hook: Hook;
  readonly guid: string;
  readonly event: string;
  /** The payload as JSON text, exactly as it is signed. */
  readonly payload: string;
}

/** So much of an answer is kept. */
const maxAnswerBytes = 64 * 1024;

/** The body as the hook's content type asks for it. */
export function hookBody({ hook, payload }: HookDelivery): string {
  return hook.config.content_type === 'form' ? `payload=${encodeURIComponent(payload)}` : payload;
}

/** The headers of a delivery; signatures (over the body as sent) only if the hook has a secret. */
export function hookHeaders(delivery: HookDelivery, body: string): Record<string, string> {
  const { hook } = delivery;
  const { secret, content_type: type } = hook.config;
  const sign = (algorithm: string): string =>
    createHmac(algorithm, secret ?? '')
      .update(body)
      .digest('hex');
  return {
    Accept: '*/*',
    'Content-Type': type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json',
    'User-Agent': 'GitHub-Hookshot/10ca1ed',
    'X-GitHub-Delivery': delivery.guid,
    'X-GitHub-Event': delivery.event,
    'X-GitHub-Hook-ID': String(hook.id),
    'X-GitHub-Hook-Installation-Target-ID': String(hook.repoId),
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
    ...(secret === undefined
      ? {}
      : { 'X-Hub-Signature': `sha1=${sign('sha1')}`, 'X-Hub-Signature-256': `sha256=${sign('sha256')}` }),
  };
}

/**
 * Sends one POST and waits for the whole answer, within the limit. No redirect is followed and nothing is tried twice.
 * Never throws: what went wrong is the answer.
 */
export async function postHook(options: {
  readonly hook: Hook;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}): Promise<HookAnswer> {
  const started = performance.now();
  const limit = AbortSignal.timeout(options.limitMs);
  const seconds = (): number => Math.round((performance.now() - started) / 10) / 100;
  try {
    const message = await send(options, AbortSignal.any([limit, options.signal]));
    const payload = await readBody(message);
    const code = message.statusCode ?? 0;
    const status = code >= 200 && code < 300 ? 'OK' : `Invalid HTTP Response: ${String(code)}`;
    return { status, statusCode: code, seconds: seconds(), response: { headers: plainHeaders(message), payload } };
  } catch {
    const status = limit.aborted ? 'timed out' : 'failed to connect';
    return { status, statusCode: 0, seconds: seconds(), response: null };
  }
}

async function send(options: Parameters<typeof postHook>[0], signal: AbortSignal): Promise<IncomingMessage> {
  const url = new URL(options.hook.config.url);
  const settings = {
    method: 'POST',
    headers: { ...options.headers, 'Content-Length': Buffer.byteLength(options.body) },
    agent: false as const,
    signal,
  };
  return await new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, rejectUnauthorized: options.hook.config.insecure_ssl !== '1' })
        : httpRequest(url, settings);
    request.on('response', resolve);
    request.on('error', reject);
    request.end(options.body);
  });
}

/** Reads to the end and keeps the beginning. */
async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  for await (const chunk of message) {
    if (chunk instanceof Uint8Array && kept < maxAnswerBytes) {
      const part = chunk.subarray(0, maxAnswerBytes - kept);
      kept += part.length;
      chunks.push(part);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

function plainHeaders(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
