import * as z from 'zod';
import { parseJson } from '../../shared/json.ts';
import { limitedText } from '../../shared/limited-body.ts';
import { authorizationOf } from './git.ts';
import { plainText } from './plain-text.ts';

/** Where an object is to be had. */
export interface LfsDownload {
  readonly href: string;
  readonly header: Readonly<Record<string, string>>;
}

/** Why something is not to be had; `final` if the host will not think better of it. */
export class LfsFailure extends Error {
  override readonly name = 'LfsFailure';
  readonly final: boolean;

  constructor(message: string, final: boolean) {
    super(message);
    this.final = final;
  }
}

const batchTimeoutMs = 60_000;
const largestAnswer = 16 * 1024 * 1024;
const mediaType = 'application/vnd.git-lfs+json';

const Answer = z.object({
  objects: z
    .array(
      z.object({
        oid: z.string().max(128),
        actions: z
          .object({
            download: z
              .object({
                href: z.string().max(16_384),
                header: z.record(z.string().max(256), z.string().max(16_384)).default({}),
              })
              .optional(),
          })
          .default({}),
        error: z.object({ code: z.number(), message: z.string().default('') }).optional(),
      }),
    )
    .max(1_000),
});
const Complaint = z.object({ message: z.string() });

/**
 * Asks a repository's server where objects are: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md. Its address
 * follows from the repository's; what `.lfsconfig` says of another is not obeyed, since the credential would follow it.
 * @returns by oid; a failure for each object that is not to be had
 * @throws LfsFailure if the server does not answer for any
 */
export async function askForObjects(options: {
  readonly url: string;
  readonly token: string | null;
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
  readonly signal: AbortSignal;
}): Promise<Map<string, LfsDownload | LfsFailure>> {
  const { url, token, objects, signal } = options;
  const response = await fetch(`${url.replace(/\.git$/, '')}.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: {
      accept: mediaType,
      'content-type': mediaType,
      ...(token === null ? {} : { authorization: authorizationOf(token) }),
    },
    body: JSON.stringify({
      operation: 'download',
      transfers: ['basic'],
      objects: objects.map(({ oid, size }) => ({ oid, size })),
      hash_algo: 'sha256',
    }),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(batchTimeoutMs)]),
  });
  const text = (await limitedText(response.body, largestAnswer)) ?? '';
  if (response.status !== 200) throw refusal(response.status, text);
  const answer = parseJson(Answer, text, { what: 'answer of the LFS server', code: 'malformed-message' });
  return new Map<string, LfsDownload | LfsFailure>(
    answer.objects.map(({ oid, actions, error }) => {
      if (actions.download !== undefined) return [oid, actions.download];
      const words = error === undefined ? 'it offers no download' : `${error.code} ${plainText(error.message, 200)}`;
      return [oid, new LfsFailure(words, error === undefined || error.code < 500)];
    }),
  );
}

function refusal(status: number, text: string): LfsFailure {
  const words = complaintOf(text);
  return new LfsFailure(`${status}${words === '' ? '' : ` ${words}`}`, status < 500 && ![408, 429].includes(status));
}

function complaintOf(text: string): string {
  try {
    return plainText(Complaint.parse(JSON.parse(text)).message, 200);
  } catch {
    return '';
  }
}
