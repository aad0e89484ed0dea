import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import { download, objectHeaders } from './download.ts';
import { answer, type Exchange } from './exchange.ts';
import { uploadForm } from './form-upload.ts';
import type { Attributes, ObjectFiles, StoredObject } from './object-files.ts';
import { isSigned, type Verifier, verifySignedRequest } from './signature.ts';
import { parameter, splitPath } from './uri.ts';

interface XmlApi {
  readonly files: ObjectFiles;
  readonly verifier: Verifier;
  /** Called once for each object that was stored. */
  readonly finalized: (object: StoredObject) => void;
}

/**
 * The XML API for whoever holds a signature: `/{bucket}/{object}` with a V4 query signature, and forms with a V4
 * policy at `/{bucket}`. Nobody gets in here without one. Who may not read learns nothing about what is there.
 */
export async function serveXml(api: XmlApi, exchange: Exchange): Promise<void> {
  const { method, target, request } = exchange;
  const { bucket, name } = splitPath(target.path);
  if (method === 'POST' && name === '') {
    if (bucket === '') throw new ApiError('InvalidArgument', 'Cannot create buckets using a POST.');
    api.finalized(await uploadForm(api, exchange, bucket));
    return;
  }
  const permission = permissions[method];
  if (permission === undefined) throw new ApiError('MethodNotAllowed');
  if (!isSigned(target)) {
    throw new ApiError(
      'AccessDenied',
      `Anonymous caller does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
    );
  }
  verifySignedRequest({ method, target, headers: request.headers }, api.verifier);
  if (name === '') throw new ApiError('NotImplemented', 'Buckets of the XML API.');

  if (method === 'PUT') {
    const object = await put(api, exchange, { bucket, name });
    api.finalized(object);
    answer(exchange, 200, objectHeaders(object));
    return;
  }
  const object = api.files.find(bucket, name);
  if (object === undefined) throw new ApiError('NoSuchKey', `No such object: ${bucket}/${name}`);
  if (method === 'DELETE') {
    api.files.remove(bucket, name);
    answer(exchange, 204);
    return;
  }
  await download(api.files, exchange, object, {
    contentType: parameter(target, 'response-content-type'),
    contentDisposition: parameter(target, 'response-content-disposition'),
  });
}

const permissions: Readonly<Record<string, string>> = {
  GET: 'storage.objects.get',
  HEAD: 'storage.objects.get',
  PUT: 'storage.objects.create',
  DELETE: 'storage.objects.delete',
};

async function put(
  api: XmlApi,
  exchange: Exchange,
  object: { readonly bucket: string; readonly name: string },
): Promise<StoredObject> {
  const { headers } = exchange.request;
  return await api.files.write({
    ...object,
    content: exchange.body,
    attributes: attributesOf(headers),
    ifGenerationMatch: wholeNumber(headers, 'x-goog-if-generation-match'),
    ...lengthRange(headers),
  });
}

function attributesOf(headers: IncomingHttpHeaders): Attributes {
  return {
    contentType: headers['content-type'] ?? 'application/octet-stream',
    contentEncoding: headers['content-encoding'],
    contentDisposition: headers['content-disposition'],
    cacheControl: headers['cache-control'],
  };
}

function wholeNumber(headers: IncomingHttpHeaders, name: string): number | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^\d{1,16}$/.test(value)) throw new ApiError('InvalidArgument', `Invalid ${name}.`);
  return Number(value);
}

/** https://cloud.google.com/storage/docs/xml-api/reference-headers#xgoogcontentlengthrange */
function lengthRange(headers: IncomingHttpHeaders): { readonly minBytes?: number; readonly maxBytes?: number } {
  const value = headers['x-goog-content-length-range'];
  if (value === undefined) return {};
  const [, min, max] = /^(\d{1,15}),\s?(\d{1,15})$/.exec(String(value)) ?? [];
  if (min === undefined || max === undefined)
    throw new ApiError('InvalidArgument', 'Invalid x-goog-content-length-range.');
  return { minBytes: Number(min), maxBytes: Number(max) };
}
