import { timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { parseJson } from '../../shared/json.ts';
import { ApiError } from './api-error.ts';
import { download } from './download.ts';
import { answer, type Exchange } from './exchange.ts';
import { listNames } from './listing.ts';
import { partText, readParts } from './multipart.ts';
import type { Attributes, ObjectFiles, StoredObject } from './object-files.ts';
import { objectResource } from './object-resource.ts';
import { decode, parameter, type Target } from './uri.ts';

interface JsonApi {
  readonly files: ObjectFiles;
  /** The one token that opens this API; without it nothing does. */
  readonly token: string | undefined;
  readonly url: () => string;
  readonly finalized: (object: StoredObject) => void;
}

const pathPattern = /^\/(?:(upload|download)\/)?storage\/v1\/b\/([^/]+)\/o(?:\/([^/]*))?$/;
const maxPage = 1000;

export function isJsonApi(target: Target): boolean {
  return /^\/(?:(?:upload|download)\/)?storage\/v1(\/|$)/.test(target.path);
}

/** Objects of the JSON API (https://cloud.google.com/storage/docs/json_api/v1/objects): get, list, insert, delete. */
export async function serveJson(api: JsonApi, exchange: Exchange): Promise<void> {
  const { method, target } = exchange;
  authorize(api.token, exchange.request.headers.authorization);
  const match = pathPattern.exec(target.path);
  if (match === null) throw new ApiError('NotImplemented', `${method} ${target.path}`);
  const [, kind, bucketPart = '', namePart = ''] = match;
  const bucket = decode(bucketPart);
  const name = decode(namePart);

  if (kind === 'upload') {
    if (method !== 'POST') throw new ApiError('MethodNotAllowed');
    const object = await insert(api.files, exchange, bucket);
    api.finalized(object);
    answerJson(exchange, objectResource(object, api.url()));
    return;
  }
  if (name === '') {
    if (method !== 'GET') throw new ApiError('MethodNotAllowed');
    answerJson(exchange, list(api, target, bucket));
    return;
  }
  const object = api.files.find(bucket, name);
  if (object === undefined) throw new ApiError('NoSuchKey', `No such object: ${bucket}/${name}`);
  checkGeneration(target, object);
  if (method === 'DELETE') {
    api.files.remove(bucket, name);
    answer(exchange, 204);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw new ApiError('MethodNotAllowed');
  if (kind === 'download' || parameter(target, 'alt') === 'media') await download(api.files, exchange, object);
  else answerJson(exchange, objectResource(object, api.url()));
}

function authorize(token: string | undefined, header: string | undefined): void {
  if (header === undefined) throw new ApiError('AuthenticationRequired', 'Anonymous caller does not have access.');
  const expected = Buffer.from(`Bearer ${token ?? ''}`);
  const given = Buffer.from(header);
  if (token === undefined || token === '' || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ApiError('AuthenticationRequired', 'Invalid Credentials');
  }
}

function answerJson(exchange: Exchange, value: unknown): void {
  answer(exchange, 200, { 'content-type': 'application/json; charset=UTF-8' }, JSON.stringify(value));
}

function checkGeneration(target: Target, object: StoredObject): void {
  const generation = parameter(target, 'generation');
  if (generation !== undefined && Number(generation) !== object.generation) throw new ApiError('NoSuchKey');
  const expected = parameter(target, 'ifGenerationMatch');
  if (expected !== undefined && Number(expected) !== object.generation) throw new ApiError('PreconditionFailed');
}

function list(api: JsonApi, target: Target, bucket: string): unknown {
  const read = (name: string): string => parameter(target, name) ?? '';
  const maxResults = Number(read('maxResults'));
  const { names, prefixes, next } = listNames((from) => api.files.namesFrom(bucket, from), {
    prefix: read('prefix'),
    delimiter: read('delimiter'),
    startOffset: read('startOffset'),
    endOffset: read('endOffset'),
    limit: maxResults >= 1 && maxResults <= maxPage ? maxResults : maxPage,
    after: Buffer.from(read('pageToken'), 'base64').toString('utf8'),
  });
  const items = names.map((name) => api.files.find(bucket, name)).filter((object) => object !== undefined);
  return {
    kind: 'storage#objects',
    ...(next === undefined ? {} : { nextPageToken: Buffer.from(next).toString('base64') }),
    ...(items.length === 0 ? {} : { items: items.map((object) => objectResource(object, api.url())) }),
    ...(prefixes.length === 0 ? {} : { prefixes }),
  };
}

const Resource = z.object({
  name: z.string().optional(),
  contentType: z.string().optional(),
  contentEncoding: z.string().optional(),
  contentDisposition: z.string().optional(),
  cacheControl: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** https://cloud.google.com/storage/docs/json_api/v1/objects/insert, `uploadType` media and multipart */
async function insert(files: ObjectFiles, exchange: Exchange, bucket: string): Promise<StoredObject> {
  const { target, request, body } = exchange;
  const generation = parameter(target, 'ifGenerationMatch');
  const ifGenerationMatch = generation === undefined ? undefined : Number(generation);
  const write = async (
    resource: z.output<typeof Resource>,
    type: string | undefined,
    content: AsyncIterable<Uint8Array>,
  ): Promise<StoredObject> => {
    const { name = parameter(target, 'name'), contentType = type ?? 'application/octet-stream', ...rest } = resource;
    if (name === undefined) throw new ApiError('InvalidArgument', 'Required');
    const contentEncoding = rest.contentEncoding ?? parameter(target, 'contentEncoding');
    const attributes: Attributes = { ...rest, contentEncoding, contentType };
    return await files.write({ bucket, name, attributes, content, ifGenerationMatch });
  };

  const uploadType = parameter(target, 'uploadType');
  const type = request.headers['content-type'];
  if (uploadType === 'media') return await write({}, type, body);
  if (uploadType !== 'multipart') throw new ApiError('NotImplemented', `uploadType ${uploadType ?? ''}`);
  let resource: z.output<typeof Resource> | undefined;
  for await (const part of readParts(body, type)) {
    if (resource !== undefined) return await write(resource, part.headers.get('content-type'), part.body);
    resource = parseResource(await partText(part, 64 * 1024));
  }
  throw new ApiError('MalformedPOSTRequest', 'Two parts are needed.');
}

function parseResource(text: string): z.output<typeof Resource> {
  try {
    return parseJson(Resource, text, { what: 'object resource' });
  } catch (error) {
    throw new ApiError('InvalidArgument', error instanceof Error ? error.message : undefined);
  }
}
