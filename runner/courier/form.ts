import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type ClientRequest, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

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
const windowBytes = 256 * 1024;

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
  const { request, answered } = openRequest(form.url, {
    method: 'POST',
    agent: options.agent,
    signal: options.signal,
    headers: {
      'content-type': `multipart/form-data; boundary=${options.boundary}`,
      'content-length': head.length + size + tail.length,
    },
  });
  const closed = once(request, 'close');
  const write = async (bytes: Uint8Array) => {
    const written = new Promise<void>((resolve) => {
      request.write(bytes, () => {
        resolve();
      });
    });
    // A storage that refuses may answer and hang up before it has read all.
    await Promise.race([written, closed]);
  };
  const sent = (async () => {
    await write(head);
    if (!(form.content instanceof Uint8Array)) await writeFile(form.content, write);
    else if (form.content.length > 0) await write(form.content);
    request.end(tail);
  })();
  try {
    return await answered;
  } finally {
    await sent.catch(() => request.destroy());
    await closed.catch(() => {});
  }
}

/**
 * Sends bytes with PUT and returns the answer's status.
 * @throws what the connection ends with
 */
export async function putBytes(
  put: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly content: Uint8Array },
  options: { readonly agent: RequestOptions['agent']; readonly signal: AbortSignal },
): Promise<number> {
  const { url, headers, content } = put;
  const { request, answered } = openRequest(url, {
    method: 'PUT',
    ...options,
    headers: { ...headers, 'content-length': content.length },
  });
  request.end(content);
  return await answered;
}

/** A request that is to be written and ended, and the status that it is answered with. */
function openRequest(
  url: string,
  options: RequestOptions,
): { readonly request: ClientRequest; readonly answered: Promise<number> } {
  const send = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, { ...options, timeout: idleMs });
  request.on('timeout', () => {
    request.destroy(new Error('the connection stood still'));
  });
  const answered = new Promise<number>((resolve, reject) => {
    request.once('response', (response) => {
      response.on('error', () => {
        // The status is known; nothing else of the answer is used.
      });
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    // Kept to the end: a connection may also break after the answer.
    request.on('error', reject);
  });
  return { request, answered };
}

/** The fields of a form have no line of their own before the next part: the value's end does. */
function part(boundary: string, disposition: string, headers: string, value: string): string {
  const start = `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n`;
  return disposition.includes('filename') ? start : `${start}${value}\r\n`;
}

/** Through one buffer, however large the file is. */
async function writeFile(
  content: { readonly file: string; readonly size: number },
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(content.size, windowBytes));
  const handle = await open(content.file);
  try {
    for (let at = 0; at < content.size;) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, content.size - at), at);
      if (bytesRead === 0) throw new Error('the file became shorter');
      await write(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
