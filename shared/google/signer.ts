import { sign } from 'node:crypto';
import * as z from 'zod';
import type { TokenSource } from './token.ts';
import type { Signer } from '../outside/signer.ts';
import { parseJson } from '../json.ts';
import { googleRequest } from './request.ts';

/** Signs with a private key at hand (PEM). The local system's; in the cloud no program has a key. */
export function createKeySigner(options: { readonly clientEmail: string; readonly privateKey: string }): Signer {
  return {
    clientEmail: options.clientEmail,
    sign: async (text) =>
      await new Promise((resolve, reject) => {
        sign('RSA-SHA256', Buffer.from(text), options.privateKey, (error, signature) => {
          if (error === null) resolve(signature.toString('base64'));
          else reject(error);
        });
      }),
  };
}

const SignBlobResponse = z.object({ signedBlob: z.base64() });

/**
 * Has Google sign for the account this program runs under, which needs `iam.serviceAccounts.signBlob` on itself
 * (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob): one remote call
 * a signature.
 */
export function createIamSigner(options: {
  readonly clientEmail: string;
  readonly token: TokenSource;
  readonly endpoint?: string;
}): Signer {
  const { clientEmail, token, endpoint = 'https://iamcredentials.googleapis.com' } = options;
  const url = `${endpoint}/v1/projects/-/serviceAccounts/${encodeURIComponent(clientEmail)}:signBlob`;
  return {
    clientEmail,
    async sign(text) {
      const response = await googleRequest(
        {
          url,
          method: 'POST',
          headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
          body: JSON.stringify({ payload: Buffer.from(text).toString('base64') }),
          timeoutMilliseconds: 10_000,
          system: 'iam',
          what: 'sign for the storage',
        },
        async (answer) => await answer.text(),
      );
      return parseJson(SignBlobResponse, response, { what: 'answer of signBlob', code: 'storage-refused' }).signedBlob;
    },
  };
}
