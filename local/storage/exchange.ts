import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Target } from './uri.ts';

/** A request being answered. */
export interface Exchange {
  readonly method: string;
  readonly target: Target;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Body;
}

/** A request's body. It can be left at any place and still be read to its end afterwards. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Throws the rest away, so that a client that is still sending comes to read our answer. */
  drain(): Promise<void>;
}

export function createBody(request: IncomingMessage): Body {
  const chunks = request.iterator({ destroyOnReturn: false });
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    const result: IteratorResult<unknown, unknown> = await chunks.next();
    if (result.done === true || !(result.value instanceof Uint8Array)) return { done: true, value: undefined };
    return { done: false, value: result.value };
  };
  return {
    // Without `return()`: whoever stops early leaves the request as it is.
    [Symbol.asyncIterator]: () => ({ next }),
    async drain() {
      while ((await next()).done !== true);
    },
  };
}

/** Answers with a body that is at hand. A length is told with HEAD too, and nothing else sent. */
export function answer(
  exchange: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  text = '',
): void {
  const { response } = exchange;
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
  });
  response.end(exchange.method === 'HEAD' ? undefined : text);
}
