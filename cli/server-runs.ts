import type * as z from 'zod';
import { type LiveQuery, LiveView } from '../shared/api/live-schemas.ts';
import { type ListQuery, RunDetails, RunList, RunView } from '../shared/api/schemas.ts';
import { jsonOrNull } from '../shared/json.ts';
import { queryOf } from '../shared/links.ts';
import { limitedText } from '../shared/limited-body.ts';
import { CommandError } from './command.ts';
import type { JsonAnswer, JsonRequest } from './http.ts';

/** How somebody wants a run: the same click again is the same run, and without `cache` all tests are executed. */
interface How {
  readonly click: string;
  readonly cache: boolean;
}

/** The part of the server's API that is about runs. Every method throws CommandError. */
export interface RunCalls {
  /** The newest first. */
  runs(
    fullName: string,
    asked: Omit<z.input<typeof ListQuery>, 'limit'> & { readonly limit: number },
  ): Promise<RunList>;
  /** Starts the newest commit of a branch. The same click again is the same run. */
  start(fullName: string, body: How & { readonly ref: string }): Promise<RunView>;
  run(id: string): Promise<RunDetails>;
  /** What is new of a run since a cursor. */
  live(id: string, cursor: Partial<LiveQuery>): Promise<LiveView>;
  /** The whole log so far, as it was printed. */
  log(id: string): Promise<AsyncIterable<Uint8Array>>;
  /** What a test printed. @param log as the API names it */
  testLog(log: string): Promise<AsyncIterable<Uint8Array>>;
  cancel(id: string): Promise<RunView>;
  /** Lets a fork's commit run. */
  approve(id: string): Promise<RunView>;
  rerun(id: string, how: How): Promise<RunView>;
}

export function createRunCalls(options: {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly url: string;
  readonly token: string | null;
  readonly ask: (doing: string, request: JsonRequest) => Promise<JsonAnswer>;
  readonly read: <Schema extends z.ZodType>(schema: Schema, answer: JsonAnswer) => z.output<Schema>;
  /** Throws what a refusal is told as. */
  readonly check: (doing: string, answer: JsonAnswer) => void;
  readonly pathOf: (fullName: string) => string;
}): RunCalls {
  const { ask, read, pathOf } = options;
  const path = (id: string): string => `/api/v1/runs/${id}`;
  return {
    runs: async (fullName, asked) => {
      const request = { method: 'GET', path: `${pathOf(fullName)}/runs?${queryOf({ ...asked })}` } as const;
      return read(RunList, await ask(`list the runs of ${fullName}`, request));
    },
    start: async (fullName, body) => {
      const request = { method: 'POST', path: `${pathOf(fullName)}/runs`, body } as const;
      return read(RunView, await ask(`start a run of ${fullName}`, request));
    },
    run: async (id) => read(RunDetails, await ask('show the run', { method: 'GET', path: path(id) })),
    live: async (id, cursor) => {
      const request = { method: 'GET', path: `${path(id)}/live?${queryOf(cursor)}` } as const;
      return read(LiveView, await ask('show the run', request));
    },
    log: async (id) => await download(options, `${options.url}${path(id)}/log`),
    // Below the address that was typed: the server may have another, and our token is not for that.
    testLog: async (log) => await download(options, `${options.url}${URL.parse(log)?.pathname ?? ''}`),
    cancel: async (id) =>
      read(RunView, await ask('cancel the run', { method: 'POST', path: `${path(id)}/cancel`, body: {} })),
    approve: async (id) =>
      read(RunView, await ask('allow the run', { method: 'POST', path: `${path(id)}/approve`, body: {} })),
    rerun: async (id, how) =>
      read(RunView, await ask('run it again', { method: 'POST', path: `${path(id)}/rerun`, body: how })),
  };
}

const maxRefusalBytes = 64 * 1024;

async function download(
  options: Pick<Parameters<typeof createRunCalls>[0], 'fetch' | 'signal' | 'token' | 'check'>,
  address: string,
): Promise<AsyncIterable<Uint8Array>> {
  const { signal } = options;
  const headers = options.token === null ? {} : { authorization: `Bearer ${options.token}` };
  try {
    const answer = await options.fetch(address, { headers, signal, redirect: 'manual' });
    if (answer.status >= 400 && answer.status < 500) {
      const said = jsonOrNull((await limitedText(answer.body, maxRefusalBytes)) ?? '');
      options.check('show the log', { status: answer.status, headers: answer.headers, body: said });
    }
    const location = answer.headers.get('location');
    // The link is good for whoever has it: our token is not carried there.
    const body = answer.status === 302 && location !== null ? await options.fetch(location, { signal }) : answer;
    if (body.ok && body.body !== null) return body.body;
    throw new Error(`the answer was ${body.status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      'storage-unavailable',
      { what: 'the log cannot be had now', why: 'Its storage does not answer.', next: 'Run the command again later.' },
      { cause: error },
    );
  }
}
