import * as z from 'zod';
import type { ListedObject, ObjectContent, ObjectStore } from '../outside/objects.ts';
import type { Clock } from '../outside/clock.ts';
import { errorCode, YbError } from '../errors.ts';
import type { TokenSource } from './token.ts';
import { parseJson } from '../json.ts';
import { type GoogleRequest, googleRequest } from './request.ts';
import { contentDisposition, createSignedUrl } from './signed-url.ts';
import type { Signer } from '../outside/signer.ts';

export interface ObjectStoreOptions {
  readonly bucket: string;
  readonly token: TokenSource;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Without a slash at its end. */
  readonly endpoint?: string;
}

const defaultMaxBytes = 64 * 1024 * 1024;
const readTimeout = 15_000;
/** A whole log goes through one write. */
const writeTimeout = 300_000;
const retryDelay = 200;
/** The most that the storage lists at once. */
const pageSize = 1000;

const Page = z.object({
  nextPageToken: z.string().optional(),
  items: z
    .array(
      z
        .object({ name: z.string(), size: z.coerce.number().int().min(0), updated: z.iso.datetime({ offset: true }) })
        .transform(({ name, size, updated }) => ({ name, size, modifiedAt: new Date(updated) })),
    )
    .default([]),
});

/**
 * The log bucket over the JSON API (https://cloud.google.com/storage/docs/json_api). The vendor's client would cost a function 2 to 5 %
 * of its cold start and twice the CPU of small reads; it has checksums and retries of writes, which this lacks.
 */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { bucket, token, signer, clock, endpoint = 'https://storage.googleapis.com' } = options;
  const objects = `storage/v1/b/${encodeURIComponent(bucket)}/o`;

  const ask = async <Result>(
    request: Omit<GoogleRequest, 'system' | 'what'>,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> => {
    const headers = { ...request.headers, authorization: `Bearer ${await token()}` };
    return await googleRequest({ ...request, headers, system: 'storage', what: 'storage' }, read);
  };
  const twice = async <Result>(attempt: () => Promise<Result>): Promise<Result> => {
    try {
      return await attempt();
    } catch (error) {
      if (errorCode(error) !== 'storage-unavailable') throw error;
      await clock.sleep(retryDelay);
      return await attempt();
    }
  };
  const listPage = async (query: Readonly<Record<string, string>>): Promise<z.output<typeof Page>> => {
    const parameters = new URLSearchParams({ ...query, fields: 'nextPageToken,items(name,size,updated)' });
    const text = await ask(
      {
        url: `${endpoint}/${objects}?${parameters.toString()}`,
        method: 'GET',
        headers: {},
        timeoutMilliseconds: readTimeout,
      },
      async (response) => await response.text(),
    );
    return parseJson(Page, text, { what: 'listing of the storage', code: 'storage-refused' });
  };

  return {
    async read(name, { start = 0, end, maxBytes = defaultMaxBytes } = {}) {
      const ranged = start > 0 || end !== undefined;
      if (end !== undefined && end <= start) throw new RangeError(`not a range: ${start} to ${end}`);
      const range = ranged ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : {};
      return await twice(
        async () =>
          await ask(
            {
              url: `${endpoint}/${objects}/${encodeURIComponent(name)}?alt=media`,
              method: 'GET',
              headers: range,
              timeoutMilliseconds: readTimeout,
              expected: [404, 416],
            },
            async (response) => await readContent(response, { start, end, maxBytes, now: clock.now() }),
          ),
      );
    },

    async list(prefix, { after, limit = Number.POSITIVE_INFINITY } = {}) {
      const found: ListedObject[] = [];
      let pageToken: string | undefined;
      do {
        // `startOffset` names the first wanted; `after` itself may come too.
        const maxResults = Math.min(pageSize, limit - found.length + 1);
        const query = {
          prefix,
          maxResults: String(maxResults),
          ...(after === undefined ? {} : { startOffset: after }),
          ...(pageToken === undefined ? {} : { pageToken }),
        };
        const page = await twice(async () => await listPage(query));
        found.push(...page.items.filter((item) => item.name !== after));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined && found.length < limit);
      return found.slice(0, limit);
    },

    async write(name, content, { contentType, contentEncoding }) {
      const parameters = new URLSearchParams({
        uploadType: 'media',
        name,
        ...(contentEncoding === undefined ? {} : { contentEncoding }),
      });
      await ask(
        {
          url: `${endpoint}/upload/${objects}?${parameters.toString()}`,
          method: 'POST',
          headers: { 'content-type': contentType },
          body: content instanceof Uint8Array ? content : ReadableStream.from(content),
          timeoutMilliseconds: writeTimeout,
        },
        async (response) => await response.body?.cancel(),
      );
    },

    async signedUrl(name, request = {}) {
      const { filename, disposition = 'attachment', contentType, expiresInSeconds } = request;
      return await createSignedUrl({
        signer,
        endpoint,
        bucket,
        name,
        now: clock.now(),
        expiresInSeconds,
        contentType,
        contentDisposition: filename === undefined ? undefined : contentDisposition(disposition, filename),
      });
    },
  };
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
