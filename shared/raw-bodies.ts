import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Where the media type that was sent is kept; what a client sends under this name is overwritten. */
const sentType = 'x-yb-sent-content-type';
const sentEncoding = 'x-yb-sent-content-encoding';

/**
 * Keeps the framework from parsing bodies: it would parse whatever anybody sends before our code sees it, unpack what is
 * compressed, and log a malformed body whole, secrets included. With an opaque media type it hands over the bytes as they
 * came. https://nodejs.org/api/diagnostics_channel.html#http : published before the server's request handlers run.
 */
export function takeBodiesRaw(): void {
  channel('http.server.request.start').subscribe((event) => {
    if (typeof event === 'object' && event !== null && 'request' in event) hideType(event.request);
  });
}

function hideType(request: unknown): void {
  if (!isRequest(request)) return;
  const { headers } = request;
  headers[sentType] = headers['content-type'] ?? '';
  headers[sentEncoding] = headers['content-encoding'] ?? '';
  headers['content-type'] = 'application/octet-stream';
  delete headers['content-encoding'];
}

function isRequest(value: unknown): value is Pick<IncomingMessage, 'headers'> {
  return typeof value === 'object' && value !== null && 'headers' in value && typeof value.headers === 'object';
}

/** Whether the sender said that the body is plain JSON. */
export function saysJson(headers: IncomingMessage['headers']): boolean {
  const type = String(headers[sentType] ?? headers['content-type'] ?? '');
  const encoding = String(headers[sentEncoding] ?? '');
  return /^application\/json\s*(;|$)/i.test(type) && (encoding === '' || encoding.toLowerCase() === 'identity');
}
