import { createPublicKey } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../shared/outside/clock.ts';
import { systemClock } from '../../shared/clock.ts';
import type { HeldPort } from '../ports.ts';
import { ApiError } from './api-error.ts';
import { answer, createBody, type Exchange } from './exchange.ts';
import { isJsonApi, serveJson } from './json-api.ts';
import { openObjectFiles, type StoredObject } from './object-files.ts';
import { objectResource, type ObjectResource } from './object-resource.ts';
import { serveXml } from './xml-api.ts';
import { parseTarget } from './uri.ts';

export interface StorageOptions {
  /** Where the objects stand; what an earlier server left there is served again. */
  readonly dir: string;
  readonly buckets: readonly string[];
  /** The one account whose signatures are good, and its public key (PEM). */
  readonly clientEmail: string;
  readonly publicKey: string;
  /** What callers of the JSON API must bring as bearer token. Without one, nobody gets into it. */
  readonly jsonToken?: string;
  readonly clock?: Clock;
  /** Loopback if nothing else is said. */
  readonly host?: string;
  /** Where to listen, in place of any free port. */
  readonly held?: HeldPort;
  /**
   * Called after each object that was stored, as a bucket's notification is: the upload does not wait for it and does
   * not fail with it.
   */
  readonly onFinalize?: (object: ObjectResource) => void | Promise<void>;
  /** What `onFinalize` threw, and what went wrong in here. */
  readonly onError?: (error: unknown) => void;
}

export interface Storage {
  readonly url: string;
  /** Ends what is going on, waits for `onFinalize` that was called, and frees the port. */
  stop(): Promise<void>;
}

/** Starts a stand-in for Cloud Storage that checks V4 signatures and policies as Google does, and refuses as Google does. */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? '127.0.0.1';
  for (const bucket of options.buckets) {
    // The last three would be taken for the JSON API, or for our own folder.
    if (
      !/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(bucket) ||
      ['storage', 'upload', 'download', 'uploads'].includes(bucket)
    ) {
      throw new RangeError(`not a bucket's name: ${bucket}`);
    }
  }
  const files = await openObjectFiles({ dir: options.dir, buckets: options.buckets, clock });
  const publicKey = createPublicKey(options.publicKey);
  const verifier = { clientEmail: options.clientEmail, publicKey, now: () => clock.now() };

  let url = '';
  const pending = new Set<Promise<void>>();
  const finalized = (object: StoredObject): void => {
    const notified = (async () => {
      try {
        await options.onFinalize?.(objectResource(object, url));
      } catch (error) {
        options.onError?.(error);
      }
    })();
    pending.add(notified);
    void notified.finally(() => pending.delete(notified));
  };

  const handle = async (exchange: Exchange): Promise<void> => {
    if (isJsonApi(exchange.target)) {
      await serveJson({ files, token: options.jsonToken, url: () => url, finalized }, exchange);
    } else {
      await serveXml({ files, verifier, finalized }, exchange);
    }
  };
  const server = createServer((request, response) => {
    void serve(handle, request, response, options.onError);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (options.held === undefined) server.listen(0, host, resolve);
    else server.listen(options.held.server, resolve);
  });
  url = `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server.address())}`;

  return {
    url,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
      await Promise.all(pending);
    },
  };
}

async function serve(
  handle: (exchange: Exchange) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
  onError: ((error: unknown) => void) | undefined,
): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const body = createBody(request);
  let exchange: Exchange = { method, target: { path: '/', parameters: [] }, request, response, body };
  try {
    exchange = { ...exchange, target: parseTarget(url) };
    await handle(exchange);
  } catch (error) {
    if (!(error instanceof ApiError) && !request.destroyed) onError?.(error);
    const refusal = error instanceof ApiError ? error : new ApiError('InternalError');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A client that is still sending would not read the answer.
    await body.drain().catch(() => undefined);
    refuse(exchange, refusal);
  }
}

function refuse(exchange: Exchange, error: ApiError): void {
  if (isJsonApi(exchange.target)) {
    const headers = { ...error.headers, 'content-type': 'application/json; charset=UTF-8' };
    answer(exchange, error.status, headers, JSON.stringify(error.toJson()));
  } else {
    const headers = { ...error.headers, 'content-type': 'application/xml; charset=UTF-8' };
    answer(exchange, error.status, headers, error.toXml());
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port');
  return address.port;
}
