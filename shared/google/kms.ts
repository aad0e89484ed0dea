import * as z from 'zod';
import { crc32c } from '../crc32c.ts';
import { YbError } from '../errors.ts';
import { sendHttp } from '../http.ts';
import { jsonOrNull, parseJson } from '../json.ts';
import type { Key } from '../outside/keys.ts';
import { count } from '../tally.ts';
import type { TokenSource } from './token.ts';

export interface KmsOptions {
  /** `projects/…/locations/…/keyRings/…/cryptoKeys/…` */
  readonly key: string;
  readonly endpoint: string;
  readonly token: TokenSource;
}

/** Two of them are within what a delivery may wait for. */
const timeoutMilliseconds = 4000;

/** An int64 in JSON (https://protobuf.dev/programming-guides/json/) is a text. */
const Crc = z.string().regex(/^\d{1,10}$/);
const Encrypted = z.object({
  ciphertext: z.base64(),
  ciphertextCrc32c: Crc,
  verifiedPlaintextCrc32c: z.literal(true),
  verifiedAdditionalAuthenticatedDataCrc32c: z.literal(true),
});
/** A value of nothing is left out. */
const Decrypted = z.object({ plaintext: z.base64().default(''), plaintextCrc32c: Crc });
const Refusal = z.object({ error: z.object({ message: z.string().default('') }) });

/**
 * A symmetric key of Cloud KMS over REST
 * (https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/encrypt). The place is its additional
 * authenticated data, and both ways are guarded by CRC-32C (https://cloud.google.com/kms/docs/data-integrity-guidelines). What was
 * sealed by an older version of the key opens as long as that version is not destroyed.
 */
export function createKmsKey(options: KmsOptions): Key {
  const ask = async (verb: 'encrypt' | 'decrypt', body: object): Promise<{ status: number; text: string }> => {
    count('kms');
    try {
      return await sendHttp({
        method: 'POST',
        url: `${options.endpoint}/v1/${options.key}:${verb}`,
        headers: { authorization: `Bearer ${await options.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        timeoutMilliseconds,
      });
    } catch (error) {
      throw new YbError('key-unavailable', 'Cloud KMS cannot be reached', { cause: error });
    }
  };
  return {
    async seal(place, plain) {
      const { status, text } = await ask('encrypt', {
        ...encoded('plaintext', Buffer.from(plain)),
        ...encoded('additionalAuthenticatedData', Buffer.from(place)),
      });
      if (status !== 200) throw refused(status, text);
      const answer = parseJson(Encrypted, text, { what: 'the answer of Cloud KMS', code: 'key-unavailable' });
      check(Buffer.from(answer.ciphertext, 'base64'), answer.ciphertextCrc32c);
      return answer.ciphertext;
    },
    async open(place, sealed) {
      // Whatever it is, it was not sealed: Cloud KMS would say no more than that the request is bad.
      if (!z.base64().min(1).safeParse(sealed).success) throw unreadable();
      const { status, text } = await ask('decrypt', {
        ...encoded('ciphertext', Buffer.from(sealed, 'base64')),
        ...encoded('additionalAuthenticatedData', Buffer.from(place)),
      });
      if (status === 400) throw unreadable();
      if (status !== 200) throw refused(status, text);
      const answer = parseJson(Decrypted, text, { what: 'the answer of Cloud KMS', code: 'key-unavailable' });
      const plain = Buffer.from(answer.plaintext, 'base64');
      check(plain, answer.plaintextCrc32c);
      return plain.toString('utf8');
    },
  };
}

/** The key as a function's settings name it. */
export function kmsKeyOf(
  settings: { readonly YB_KMS_ENDPOINT: string; readonly YB_KMS_TOKEN?: string | undefined },
  key: string,
  token: TokenSource,
): Key {
  const fixed = settings.YB_KMS_TOKEN;
  const source: TokenSource = fixed === undefined ? token : async () => await Promise.resolve(fixed);
  return createKmsKey({ key, endpoint: settings.YB_KMS_ENDPOINT, token: source });
}

function encoded(name: string, bytes: Buffer): object {
  return { [name]: bytes.toString('base64'), [`${name}Crc32c`]: String(crc32c(bytes)) };
}

function check(bytes: Buffer, crc: string): void {
  if (String(crc32c(bytes)) !== crc) throw new YbError('key-unavailable', 'an answer of Cloud KMS was garbled');
}

/** With Google's own words for why, which name the permission that is missing. */
function refused(status: number, text: string): YbError {
  const said = Refusal.safeParse(jsonOrNull(text)).data?.error.message ?? '';
  return new YbError('key-unavailable', `Cloud KMS answered ${status}`, { cause: new Error(said.slice(0, 500)) });
}

function unreadable(): YbError {
  return new YbError('unreadable-secret', 'a sealed value cannot be opened with the keys at hand');
}
