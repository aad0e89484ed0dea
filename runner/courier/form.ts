import { createReadStream } from 'node:fs';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What an object holds: bytes at hand, or a file of ours. */
export type Content = Uint8Array | { readonly file: string; readonly size: number };

export interface Form {
  readonly url: string;
  /** In the order in which they are sent; the file comes after them. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Content;
}

/** Without a byte for so long, a connection is given up. */
const idleMs = 30_000;

/**
 * Sends a form with a file (RFC 7578) and returns the answer's status. The file is written to the connection as it is
 * read and never copied, and a redirect is an answer like others.
 * @throws what the connection ends with
 */
export async function postForm(
  form: Form,
  options: { readonly agent: RequestOptions['agent']; readonly boundary: string; readonly signal: AbortSignal },
): Promise<number> {
  const head = Buffer.from(
    form.fields.map(([name, value]) => part(options.boundary, `name="${name}"`, '', value)).join('') +
      part(options.boundary, 'name="file"; filename="file"', 'Content-Type: application/octet-stream\r\n', ''),
  );
  const tail = Buffer.from(`\r\n--${options.boundary}--\r\n`);
  const size = form.content instanceof Uint8Array ? form.content.length : form.content.size;
  const send = new URL(form.url).protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(form.url, {
    method: 'POST',
    agent: options.agent,
    signal: options.signal,
    timeout: idleMs,
    headers: {
      'content-type': `multipart/form-data; boundary=${options.boundary}`,
      'content-length': head.length + size + tail.length,
    },
  });
  request.on('timeout', () => {
    request.destroy(new Error('the connection stood still'));
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Kept to the end: a connection may also break after the answer.
    request.on('error', reject);
  });
  const sent = pipeline(Readable.from(bodyOf(head, form.content, tail)), request);
  // A storage that refuses may answer before it has read all.
  sent.catch(() => {});
  const response = await answered;
  response.on('error', () => {
    // The status is known; nothing else of the answer is used.
  });
  response.resume();
  return response.statusCode ?? 0;
}

/** The fields of a form have no line of their own before the next part: the value's end does. */
function part(boundary: string, disposition: string, headers: string, value: string): string {
  const start = `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n`;
  return disposition.includes('filename') ? start : `${start}${value}\r\n`;
}

async function* bodyOf(head: Buffer, content: Content, tail: Buffer): AsyncGenerator<Uint8Array> {
  yield head;
  if (content instanceof Uint8Array) {
    if (content.length > 0) yield content;
  } else if (content.size > 0) {
    const file: AsyncIterable<Buffer> = createReadStream(content.file, { end: content.size - 1 });
    yield* file;
  }
  yield tail;
}
