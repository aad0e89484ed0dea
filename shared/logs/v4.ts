import type { Signer } from '../outside/signer.ts';

/**
 * What Google's V4 signatures have in common, for URLs and for policies:
 * https://cloud.google.com/storage/docs/authentication/signatures
 */

export const signingAlgorithm = 'GOOG4-RSA-SHA256';

/** The longest that anything signed is good for: a week. */
export const maxExpirySeconds = 604_800;

/** Every byte but `A-Z a-z 0-9 - . _ ~` percent-encoded. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Strictly, but for the slashes of an object's name. */
export function encodeName(name: string): string {
  return name.split('/').map(encodeStrictly).join('/');
}

/** When and for which service something is signed; fractions of a second are dropped. */
export function signingScope(now: Date): { readonly date: string; readonly scope: string } {
  const date = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return { date, scope: `${date.slice(0, 8)}/auto/storage/goog4_request` };
}

export async function signHex(signer: Signer, text: string): Promise<string> {
  return Buffer.from(await signer.sign(text), 'base64').toString('hex');
}
