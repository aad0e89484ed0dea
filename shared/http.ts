import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** From the start of the request to the end of the answer. */
  readonly timeoutMilliseconds: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One request over Node's own keep-alive connections. For the two calls that a delivery waits for: the first `fetch` of a
 * process loads a client that takes longer to start than the rest of a webhook, and each costs half as much again.
 * Rejects when the other side cannot be reached, breaks off, or takes too long; any answer is an answer.
 */
export function sendHttp(options: HttpRequest): Promise<HttpAnswer> {
  const { method, url, body, timeoutMilliseconds } = options;
  const headers =
    body === undefined ? options.headers : { ...options.headers, 'content-length': Buffer.byteLength(body) };
  const send = url.startsWith('https:') ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const call = send(url, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') });
      });
      response.on('error', fail);
    });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => call.destroy(new Error('no answer in time')), timeoutMilliseconds);
    call.on('error', fail);
    call.end(body);
  });
}
