import { withBackOff } from '../shared/back-off.ts';
import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import { CommandError } from './command.ts';

/** A JSON API, asked with one token. */
export interface JsonClient {
  /**
   * Asks once; a GET that meets no answer, 502, 503 or 504 is tried twice more. Every HTTP status is an answer.
   * @throws CommandError if there is no answer, or one that cannot be read
   */
  request(options: JsonRequest): Promise<JsonAnswer>;
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base, beginning with a slash. */
  readonly path: string;
  readonly body?: unknown;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, and undefined if there was no JSON. */
  readonly body: unknown;
}

export interface JsonClientOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The error to throw when nobody answers. */
  unreachable(cause: unknown): CommandError;
}

const timeoutMilliseconds = 30_000;
const maxBytes = 16 * 1024 * 1024;
const pauses = { tries: 3, firstMilliseconds: 500, longestMilliseconds: 2_000 };
const passing = new Set([502, 503, 504]);

export function createJsonClient(options: JsonClientOptions): JsonClient {
  return {
    request: async (request) => {
      const { signal } = options;
      try {
        return await withBackOff(async () => await settled(options, request), {
          ...options,
          ...pauses,
          worthIt: (error) => request.method === 'GET' && !(error instanceof CommandError),
        });
      } catch (error) {
        if (error instanceof PassingAnswer) return error.answer;
        if (signal.aborted || error instanceof CommandError) throw error;
        throw options.unreachable(error);
      }
    },
  };
}

/** An answer that another try may better. */
class PassingAnswer extends Error {
  readonly answer: JsonAnswer;

  constructor(answer: JsonAnswer) {
    super(`the answer was ${answer.status}`);
    this.answer = answer;
  }
}

async function settled(options: JsonClientOptions, request: JsonRequest): Promise<JsonAnswer> {
  const answer = await once(options, request);
  if (passing.has(answer.status)) throw new PassingAnswer(answer);
  return answer;
}

async function once(options: JsonClientOptions, request: JsonRequest): Promise<JsonAnswer> {
  const response = await options.fetch(`${options.base}${request.path}`, {
    method: request.method,
    headers: { ...options.headers, ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    // A token is not carried elsewhere.
    redirect: 'manual',
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMilliseconds)]),
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  return { status: response.status, headers: response.headers, body: parse(await readText(response, options)) };
}

async function readText(response: Response, { base }: JsonClientOptions): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new CommandError('payload-too-large', { what: `${base} answers with more than ${maxBytes} bytes` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
