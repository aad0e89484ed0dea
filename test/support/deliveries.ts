import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The headers of a delivery as GitHub sends it, signed with `secret`. */
export function deliveryHeaders(options: {
  readonly event: string;
  readonly body: string | Uint8Array;
  readonly secret: string;
  readonly delivery?: string;
}): Record<string, string> & IncomingHttpHeaders {
  const sign = (algorithm: string): string => createHmac(algorithm, options.secret).update(options.body).digest('hex');
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': options.event,
    'x-github-delivery': options.delivery ?? '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-github-hook-id': '292430182',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  };
}
