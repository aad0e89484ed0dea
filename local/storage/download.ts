import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ApiError } from './api-error.ts';
import { answer, type Exchange } from './exchange.ts';
import type { ObjectFiles, StoredObject } from './object-files.ts';

/**
 * Answers with an object's bytes: a range of them if asked; what is stored gzipped is unpacked for a client that does
 * not take gzip, and then ranges are ignored (https://cloud.google.com/storage/docs/transcoding).
 */
export async function download(
  files: ObjectFiles,
  exchange: Exchange,
  object: StoredObject,
  overrides: { readonly contentType?: string | undefined; readonly contentDisposition?: string | undefined } = {},
): Promise<void> {
  const { request, response } = exchange;
  const { attributes, size } = object;
  const stored = attributes.contentEncoding === 'gzip';
  const unpack = stored && !acceptsGzip(request.headers['accept-encoding']);
  const contentDisposition = overrides.contentDisposition ?? attributes.contentDisposition;
  const headers: Record<string, string> = {
    ...objectHeaders(object),
    'content-type': overrides.contentType ?? attributes.contentType,
    'cache-control': attributes.cacheControl ?? 'private, max-age=0',
    'last-modified': new Date(object.createdAt).toUTCString(),
    ...(contentDisposition === undefined ? {} : { 'content-disposition': contentDisposition }),
    ...(attributes.contentEncoding !== undefined && !unpack ? { 'content-encoding': attributes.contentEncoding } : {}),
    ...(stored ? { vary: 'Accept-Encoding' } : {}),
  };
  if (request.headers['if-none-match'] === headers['etag']) {
    answer(exchange, 304, headers);
    return;
  }
  if (unpack) {
    response.writeHead(200, { ...headers, warning: '214 UploadServer gunzipped' });
    if (exchange.method === 'HEAD') response.end();
    else await pipeline(files.read(object), createGunzip(), response);
    return;
  }
  const range = parseRange(request.headers.range, size);
  const length = range === undefined ? size : range.end - range.start;
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'accept-ranges': 'bytes',
    'content-length': String(length),
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }),
  });
  if (exchange.method === 'HEAD') response.end();
  else await pipeline(files.read(object, range), response);
}

/** What Cloud Storage tells of an object in headers, with its bytes and after an upload. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  return {
    etag: `"${Buffer.from(object.md5, 'base64').toString('hex')}"`,
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
    'x-goog-stored-content-encoding': object.attributes.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.size),
    'x-goog-storage-class': 'STANDARD',
    ...Object.fromEntries(
      Object.entries(object.attributes.metadata ?? {}).map(([name, value]) => [`x-goog-meta-${name}`, value]),
    ),
  };
}

function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*(gzip|x-gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}

/**
 * One range of `Range: bytes=…`; undefined for none, for several and for what cannot be read: all of it then.
 * @throws ApiError `InvalidRange` if nothing of the object is in it
 */
function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= end) {
    throw new ApiError('InvalidRange', undefined, { headers: { 'content-range': `bytes */${size}` } });
  }
  return { start, end };
}
