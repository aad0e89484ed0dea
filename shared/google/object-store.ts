import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Bucket } from '@google-cloud/storage';
import * as z from 'zod';
import { withBackOff } from '../back-off.ts';
import { errorCode, YbError } from '../errors.ts';
import { parseValue } from '../json.ts';
import type { Clock } from '../outside/clock.ts';
import type { ObjectContent, ObjectStore } from '../outside/objects.ts';
import type { Random } from '../outside/random.ts';
import type { Signer } from '../outside/signer.ts';
import { count } from '../tally.ts';
import { lazily } from '../lazily.ts';
import { googleRequest, refusedOrUnavailable } from './request.ts';
import { contentDisposition, createSignedUrl } from './signed-url.ts';
import type { TokenSource } from './token.ts';

export interface ObjectStoreOptions {
  readonly bucket: string;
  readonly token: TokenSource;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
  /** Without a slash at its end. */
  readonly endpoint?: string;
}

const defaultMaxBytes = 64 * 1024 * 1024;
const readTimeout = 15_000;
/** A whole log goes through one write. */
const writeTimeout = 300_000;
const retryMilliseconds = 300;
/** The most that the storage lists at once. */
const pageSize = 1000;

const Listed = z
  .object({ name: z.string(), size: z.coerce.number().int().min(0), updated: z.iso.datetime({ offset: true }) })
  .transform(({ name, size, updated }) => ({ name, size, modifiedAt: new Date(updated) }));
/** What the client gives for a page: the items, and the query of the next page if there is one. */
const Page = z.tuple([z.array(Listed), z.object({ pageToken: z.string().optional() }).nullish()]).rest(z.unknown());

/**
 * The log bucket. Lists and writes go through the vendor's client, which checks the CRC-32C of what it writes. This adapter's
 * own are reads (bounded, at half the CPU; the client's stream warns of leaking listeners at each one), second tries (the
 * client's leave an unhandled rejection, which ends a process), error codes, and links (the client signs in the name of the
 * account it runs under, and links want one that can do nothing but read).
 */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { bucket: bucketName, signer, clock, endpoint = 'https://storage.googleapis.com' } = options;
  const bucket = lazily(async () => await openBucket({ ...options, endpoint }));
  const twice = async <Result>(attempt: () => Promise<Result>): Promise<Result> =>
    await withBackOff(attempt, {
      ...options,
      tries: 2,
      firstMilliseconds: retryMilliseconds,
      worthIt: (error) => errorCode(error) === 'storage-unavailable',
    });

  return {
    async read(name, { start = 0, end, maxBytes = defaultMaxBytes } = {}) {
      if (end !== undefined && end <= start) throw new RangeError(`not a range: ${start} to ${end}`);
      const ranged = start > 0 || end !== undefined;
      const range = ranged ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {};
      return await twice(
        async () =>
          await googleRequest(
            {
              url: `${endpoint}/storage/v1/b/${encodeURIComponent(bucketName)}/o/${encodeURIComponent(name)}?alt=media`,
              method: 'GET',
              headers: { ...range, authorization: `Bearer ${await options.token()}` },
              timeoutMilliseconds: readTimeout,
              expected: [404, 416],
              system: 'storage',
              what: 'storage',
            },
            async (response) => await readContent(response, { start, end, maxBytes, now: clock.now() }),
          ),
      );
    },

    async list(prefix, { after, limit = Number.POSITIVE_INFINITY } = {}) {
      const found: z.output<typeof Listed>[] = [];
      let pageToken: string | undefined;
      do {
        const query = {
          prefix,
          autoPaginate: false,
          fields: 'nextPageToken,items(name,size,updated)',
          // `startOffset` names the first wanted; `after` itself may come too.
          ...(after === undefined ? {} : { startOffset: after }),
          ...(Number.isFinite(limit) ? { maxResults: Math.min(pageSize, limit - found.length + 1) } : {}),
          ...(pageToken === undefined ? {} : { pageToken }),
        };
        // With `fields`, the client hands over what came as it is.
        const page = await twice(
          async () => await answered(async (): Promise<readonly unknown[]> => await (await bucket()).getFiles(query)),
        );
        const [items, next] = parseValue(Page, page, { what: 'listing of the storage', code: 'storage-refused' });
        found.push(...items.filter((item) => item.name !== after));
        pageToken = next?.pageToken;
      } while (pageToken !== undefined && found.length < limit);
      return found.slice(0, limit);
    },

    async write(name, content, { contentType, contentEncoding }) {
      const settings = {
        resumable: false,
        validation: 'crc32c',
        timeout: writeTimeout,
        metadata: { contentType, ...(contentEncoding === undefined ? {} : { contentEncoding }) },
      };
      const save = async (body: Uint8Array | Readable): Promise<void> => {
        await answered(async () => {
          await (await bucket()).file(name).save(body, settings);
        });
      };
      // What comes in pieces comes once.
      if (content instanceof Uint8Array) await twice(async () => await save(content));
      else await save(Readable.from(content, { objectMode: false }));
    },

    async signedUrl(name, request = {}) {
      const { filename, disposition = 'attachment', contentType, expiresInSeconds } = request;
      return await createSignedUrl({
        signer,
        endpoint,
        bucket: bucketName,
        name,
        now: clock.now(),
        expiresInSeconds,
        contentType,
        contentDisposition: filename === undefined ? undefined : contentDisposition(disposition, filename),
      });
    },
  };
}

/** The client is loaded when it is first needed: not every request needs it. */
async function openBucket(
  options: Pick<ObjectStoreOptions, 'bucket' | 'token'> & { readonly endpoint: string },
): Promise<Bucket> {
  const [{ Storage }, { OAuth2Client }] = await Promise.all([
    import('./clients/storage.ts'),
    import('./clients/auth.ts'),
  ]);
  const authClient = new OAuth2Client();
  // An expiry in the past: the source of tokens keeps them, and is asked each time.
  authClient.refreshHandler = async () => ({ access_token: await options.token(), expiry_date: 1 });
  const storage = new Storage({
    apiEndpoint: options.endpoint,
    useAuthWithCustomEndpoint: true,
    authClient,
    timeout: readTimeout,
    retryOptions: { autoRetry: false },
  });
  return storage.bucket(options.bucket);
}

/** What a client's error says about the storage. */
const ClientError = z.object({ code: z.coerce.number().int() });

async function answered<Result>(ask: () => Promise<Result>): Promise<Result> {
  count('storage');
  try {
    return await ask();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): YbError {
  if (error instanceof YbError) return error;
  const status = ClientError.safeParse(error).data?.code;
  return status === undefined || status < 400
    ? new YbError('storage-unavailable', 'storage: no answer', { cause: error })
    : new YbError(refusedOrUnavailable(status), `storage: the answer was ${status}`, { cause: error });
}

async function readContent(
  response: Response,
  wanted: { readonly start: number; readonly end: number | undefined; readonly maxBytes: number; readonly now: Date },
): Promise<ObjectContent | null> {
  const modified = response.headers.get('last-modified');
  const modifiedAt = modified === null ? wanted.now : new Date(modified);
  const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  if (response.status === 404 || response.status === 416) {
    await response.body?.cancel();
    return response.status === 404 ? null : { bytes: new Uint8Array(), size: total || 0, modifiedAt };
  }
  const bytes = await collect(response, wanted.maxBytes);
  if (isSpoiled(response.headers, bytes))
    throw new YbError('storage-unavailable', 'storage: bytes were lost on the way');
  if (response.status === 206 && !Number.isNaN(total)) return { bytes, size: total, modifiedAt };
  // The whole object: nothing else was asked, or it is stored gzipped, and then ranges are ignored.
  return { bytes: bytes.subarray(wanted.start, wanted.end), size: bytes.byteLength, modifiedAt };
}

async function collect(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return new Uint8Array();
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new YbError('payload-too-large', `an object of the storage has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Whether a whole object, sent as it is stored, is not what its MD5 says. */
function isSpoiled(headers: Headers, bytes: Uint8Array): boolean {
  const told = /(?:^|,)\s*md5=([^,\s]+)/.exec(headers.get('x-goog-hash') ?? '')?.[1];
  const asStored = headers.get('x-goog-stored-content-encoding') === 'identity' && !headers.has('content-range');
  return asStored && told !== undefined && createHash('md5').update(bytes).digest('base64') !== told;
}
