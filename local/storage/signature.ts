import { createHash, type KeyObject, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import { encodeStrictly, parameter, splitPath, type Target } from './uri.ts';

/** Whose signatures are good, and what time it is. */
export interface Verifier {
  readonly clientEmail: string;
  readonly publicKey: KeyObject;
  readonly now: () => Date;
}

export const signingAlgorithm = 'GOOG4-RSA-SHA256';
const maxExpirySeconds = 604_800;
/** How far a signer's clock may be ahead of ours. */
const skewMilliseconds = 15 * 60 * 1000;

/** Whether a request carries a V4 query signature, good or bad. */
export function isSigned(target: Target): boolean {
  return ['X-Goog-Signature', 'X-Goog-Algorithm', 'X-Goog-Credential'].some(
    (name) => parameter(target, name) !== undefined,
  );
}

/**
 * Recomputes a V4 query signature from the request as it came
 * (https://cloud.google.com/storage/docs/authentication/canonical-requests) and checks its time.
 * What is signed for GET also allows HEAD.
 * @throws ApiError as Cloud Storage refuses
 */
export function verifySignedRequest(
  request: { readonly method: string; readonly target: Target; readonly headers: IncomingHttpHeaders },
  verifier: Verifier,
): void {
  const { target, headers } = request;
  const read = (name: string): string => required(parameter(target, name), name);
  if (read('X-Goog-Algorithm') !== signingAlgorithm) throw malformed('X-Goog-Algorithm', 'Unsupported algorithm.');
  const scope = checkScope({ credential: read('X-Goog-Credential'), date: read('X-Goog-Date') }, verifier);
  checkValidity({ signedAt: scope.signedAt, expires: read('X-Goog-Expires') }, verifier.now());
  const signedHeaders = read('X-Goog-SignedHeaders');
  checkSignedHeaders(signedHeaders.split(';'), headers);

  const signature = read('X-Goog-Signature');
  const attempts = (request.method === 'HEAD' ? ['HEAD', 'GET'] : [request.method]).map((method) => {
    const canonical = canonicalRequest(method, target, headers, signedHeaders);
    const hash = createHash('sha256').update(canonical).digest('hex');
    return { canonical, text: [signingAlgorithm, read('X-Goog-Date'), scope.scope, hash].join('\n') };
  });
  if (attempts.some(({ text }) => isSignatureOf(text, signature, verifier))) return;
  const [shown] = attempts;
  throw signatureMismatch({ StringToSign: shown?.text ?? '', CanonicalRequest: shown?.canonical ?? '' });
}

export function isSignatureOf(text: string, signature: string, verifier: Verifier): boolean {
  if (!/^([0-9a-f]{2})+$/.test(signature)) return false;
  return verify('RSA-SHA256', Buffer.from(text), verifier.publicKey, Buffer.from(signature, 'hex'));
}

export function signatureMismatch(elements: Record<string, string>): ApiError {
  return new ApiError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your Google secret key and signing method.',
    { elements },
  );
}

/**
 * Checks `{email}/{day}/{location}/storage/goog4_request` against the signing time beside it.
 * @throws ApiError
 */
export function checkScope(
  signed: { readonly credential: string; readonly date: string },
  verifier: Verifier,
): { readonly scope: string; readonly signedAt: Date } {
  const { credential, date } = signed;
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const signedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt.getTime())) throw malformed('X-Goog-Date', 'Malformed date.');
  const [email, scopeDay, location, service, type, ...rest] = credential.split('/');
  if (service !== 'storage' || type !== 'goog4_request' || rest.length > 0 || scopeDay !== date.slice(0, 8)) {
    throw malformed('X-Goog-Credential', 'Invalid credential scope.');
  }
  if (email !== verifier.clientEmail) throw signatureMismatch({});
  if (signedAt.getTime() > verifier.now().getTime() + skewMilliseconds) {
    throw new ApiError('AccessDenied', `Request signature is not valid before: ${timestamp(signedAt)}`);
  }
  return { scope: [scopeDay, location, service, type].join('/'), signedAt };
}

/** When something expired, as Google writes it: `2026-11-22T10:00:00+00:00`. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, '+00:00');
}

function checkValidity(signed: { readonly signedAt: Date; readonly expires: string }, now: Date): void {
  const seconds = /^\d{1,9}$/.test(signed.expires) ? Number(signed.expires) : Number.NaN;
  if (!(seconds >= 1 && seconds <= maxExpirySeconds)) {
    throw malformed('X-Goog-Expires', `Must be between 1 and ${maxExpirySeconds} seconds.`);
  }
  const expiresAt = new Date(signed.signedAt.getTime() + seconds * 1000);
  if (now.getTime() >= expiresAt.getTime()) {
    const when = timestamp(expiresAt);
    throw new ApiError('ExpiredToken', `The provided token has expired. Request signature expired at: ${when}`);
  }
}

/** Every header that says something to Cloud Storage must be signed, and what is signed must be there. */
function checkSignedHeaders(signed: readonly string[], headers: IncomingHttpHeaders): void {
  if (!signed.includes('host')) throw malformed('host', 'Host header not signed.');
  for (const name of signed) {
    if (headers[name] === undefined) {
      throw malformed(name, 'Header was included in signedheaders, but not in the request.');
    }
  }
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-goog-') && !signed.includes(name)) throw malformed(name, 'Header must be signed.');
  }
  if (signed.includes('x-goog-content-sha256')) throw new ApiError('NotImplemented', 'Signed payloads.');
}

function canonicalRequest(method: string, target: Target, headers: IncomingHttpHeaders, signedHeaders: string): string {
  const { bucket, name } = splitPath(target.path);
  const path = [bucket, ...name.split('/')].map(encodeStrictly).join('/');
  const query = target.parameters
    .filter(([key]) => key.toLowerCase() !== 'x-goog-signature')
    .map(([key, value]) => [encodeStrictly(key), encodeStrictly(value)])
    .sort(([left = ''], [right = '']) => (left < right ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');
  const lines = signedHeaders.split(';').map((header) => `${header}:${canonicalHeader(header, headers)}\n`);
  return [method, `/${path}`, query, lines.join(''), signedHeaders, 'UNSIGNED-PAYLOAD'].join('\n');
}

function canonicalHeader(name: string, headers: IncomingHttpHeaders): string {
  const value = String(headers[name] ?? '');
  // Clients sign the host's name alone. Google's own endpoint has no port; a local one has.
  return (name === 'host' ? value.replace(/:\d+$/, '') : value).trim().replaceAll(/\s{2,}/g, ' ');
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw malformed(name, 'Missing.');
  return value;
}

function malformed(name: string, details: string): ApiError {
  return new ApiError('MalformedSecurityHeader', `Your request has a malformed header. ${details}`, {
    elements: { ParameterName: name },
  });
}
