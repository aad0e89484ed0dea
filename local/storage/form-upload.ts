import { ApiError, xmlDeclaration, xmlElements } from './api-error.ts';
import { objectHeaders } from './download.ts';
import { answer, type Exchange } from './exchange.ts';
import { type Part, partText, readParts } from './multipart.ts';
import type { Attributes, ObjectFiles, StoredObject } from './object-files.ts';
import { verifyPolicy } from './policy.ts';
import type { Verifier } from './signature.ts';

const maxFieldBytes = 64 * 1024;
const maxFields = 100;

/** `POST /{bucket}`, the upload of an HTML form: https://cloud.google.com/storage/docs/xml-api/post-object-forms */
export async function uploadForm(
  options: { readonly files: ObjectFiles; readonly verifier: Verifier },
  exchange: Exchange,
  bucket: string,
): Promise<StoredObject> {
  const { files, verifier } = options;
  const fields = new Map<string, string>();
  for await (const part of readParts(exchange.body, exchange.request.headers['content-type'])) {
    const name = fieldName(part);
    if (name !== 'file') {
      if (fields.has(name) || fields.size >= maxFields) throw new ApiError('MalformedPOSTRequest', `Field ${name}.`);
      fields.set(name, await partText(part, maxFieldBytes));
      continue;
    }
    // Fields after the file are not looked at: they come too late to be checked.
    const limits = verifyPolicy({ bucket, fields }, verifier);
    const key = fields.get('key');
    if (key === undefined) throw new ApiError('InvalidArgument', 'Missing key.');
    const object = await files.write({
      bucket,
      name: key,
      attributes: attributesOf(fields),
      content: part.body,
      ...limits,
    });
    answerUpload(exchange, object, fields.get('success_action_status'));
    return object;
  }
  throw new ApiError('MalformedPOSTRequest', 'No file in the form.');
}

function fieldName(part: Part): string {
  const match = /(?:^|;)\s*name="([^"]*)"/i.exec(part.headers.get('content-disposition') ?? '');
  if (match?.[1] === undefined) throw new ApiError('MalformedPOSTRequest', 'A part without a name.');
  return match[1].toLowerCase();
}

function attributesOf(fields: ReadonlyMap<string, string>): Attributes {
  const metadata = [...fields]
    .filter(([name]) => name.startsWith('x-goog-meta-'))
    .map(([name, value]): [string, string] => [name.slice('x-goog-meta-'.length), value]);
  return {
    contentType: fields.get('content-type') ?? 'application/octet-stream',
    contentEncoding: fields.get('content-encoding'),
    contentDisposition: fields.get('content-disposition'),
    cacheControl: fields.get('cache-control'),
    ...(metadata.length === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
  };
}

function answerUpload(exchange: Exchange, object: StoredObject, wanted: string | undefined): void {
  const headers = objectHeaders(object);
  if (wanted !== '201') {
    answer(exchange, wanted === '200' ? 200 : 204, headers);
    return;
  }
  const location = `http://${exchange.request.headers.host ?? ''}/${object.bucket}/${encodeURIComponent(object.name)}`;
  const elements = { Location: location, Bucket: object.bucket, Key: object.name, ETag: headers['etag'] ?? '' };
  const text = `${xmlDeclaration}<PostResponse>${xmlElements(elements)}</PostResponse>`;
  answer(exchange, 201, { ...headers, 'content-type': 'application/xml; charset=UTF-8' }, text);
}
