import { YbError } from '../errors.ts';
import { count } from '../tally.ts';

export interface GoogleRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** For the whole exchange, the body included. */
  readonly timeoutMilliseconds: number;
  /** Statuses that are an answer to this question, besides success. */
  readonly expected?: readonly number[];
  /** For the tally: which system is asked. */
  readonly system: string;
  /** For the message of an error: what was wanted. */
  readonly what: string;
}

/**
 * One exchange with one of Google's HTTP APIs; `read` takes the answer's body within the timeout.
 * @throws YbError `storage-unavailable` where another try may help, `storage-refused` where it will not
 */
export async function googleRequest<Result>(
  request: GoogleRequest,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  count(request.system);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === undefined ? {} : { body: request.body, duplex: 'half' }),
      redirect: 'error',
      signal: AbortSignal.timeout(request.timeoutMilliseconds),
    });
    if (response.ok || request.expected?.includes(response.status) === true) return await read(response);
    await response.body?.cancel();
    throw new YbError(refusedOrUnavailable(response.status), `${request.what}: the answer was ${response.status}`);
  } catch (error) {
    if (error instanceof YbError) throw error;
    throw new YbError('storage-unavailable', `${request.what}: no answer`, { cause: error });
  }
}

/** 401: a token that ran out on its way is another one at the next try. */
const passing = new Set([401, 408, 429]);

/** What an answer's status means for whoever might ask again. */
export function refusedOrUnavailable(status: number): 'storage-unavailable' | 'storage-refused' {
  return status >= 500 || passing.has(status) ? 'storage-unavailable' : 'storage-refused';
}
