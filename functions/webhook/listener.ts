import type { ServerResponse } from 'node:http';
import type { Listener } from '../../shared/own-listener.ts';
import { readBody } from '../../shared/read-body.ts';
import { type Answer, type Incoming, maxBodyBytes } from './webhook.ts';

/** How long who sends too much may go on, so that the answer reaches it. */
const lingerMilliseconds = 1000;

/** Takes deliveries off the wire: bytes as they came, within GitHub's own limit while they are read. */
export function createListener(receive: (incoming: Incoming) => Promise<Answer>): Listener {
  return (request, response) => {
    const { method = '', headers, url = '' } = request;
    const path = url.split('?', 1)[0] ?? '';
    readBody(request, maxBodyBytes, (body) => {
      receive({ method, path, headers, body }).then(
        (answer) => {
          send(response, answer, body instanceof Error);
        },
        () => {
          response.destroy();
        },
      );
    });
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer, unread: boolean): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
  if (!unread) return;
  // Read into nothing: who is still writing would not see the answer of a closed connection.
  response.req.resume();
  setTimeout(() => response.req.destroy(), lingerMilliseconds).unref();
}
