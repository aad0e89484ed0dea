import { createHash } from 'node:crypto';
import { Octokit } from '@octokit/rest';
import type { z } from 'zod';
import { YbError } from '../errors.ts';
import { parseValue } from '../json.ts';
import { limitedText } from '../limited-body.ts';
import { putNewest } from '../memory.ts';
import type { Clock } from '../outside/clock.ts';
import { count } from '../tally.ts';
import { githubError } from './errors.ts';

/** Asks GitHub one thing with one token, or as anybody; every failure comes out as one of our codes. */
export type GitHubCaller = <Result>(
  token: string | null,
  ask: (octokit: Octokit) => Promise<Result>,
) => Promise<Result>;

export interface GitHubCallerOptions {
  readonly apiUrl: string;
  readonly clock: Clock;
  /** Of one request, its answer included. */
  readonly timeoutMilliseconds: number;
  /** Ends what is on its way. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** So long one call may take; whoever waits for one that somebody else makes waits longer. */
export const githubMilliseconds = 10_000;

/** GitHub's answers to what is asked here stay far below it. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Credentials of which GitHub has said when to come back; it forbids those that do not wait. */
const rememberedLimits = 1_000;
/** GitHub's limits last for an hour at most: a header that says more is not believed for other calls. */
const longestLimit = 3_600_000;

export function createGitHubCaller(options: GitHubCallerOptions): GitHubCaller {
  const request = { fetch: bounded(options) };
  const limited = new Map<string, Date>();
  return async (token, ask) => {
    const credential = createHash('sha256')
      .update(token ?? '')
      .digest('base64');
    const until = limited.get(credential);
    // What one call was told holds for all of the same credential.
    if (until !== undefined && until > options.clock.now())
      throw new YbError('github-rate-limited', 'GitHub asked to wait (rate limit)', { retryAt: until });
    count('github');
    const octokit = new Octokit({
      ...(token === null ? {} : { auth: token }),
      baseUrl: options.apiUrl,
      userAgent: 'yb',
      request,
      // Whoever reads a log line finds the failure in ours.
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    });
    try {
      return await ask(octokit);
    } catch (error) {
      const failure = githubError(error, options.clock.now());
      if (failure.code === 'github-rate-limited' && failure.retryAt !== undefined) {
        const latest = new Date(options.clock.now().getTime() + longestLimit);
        putNewest(limited, rememberedLimits, [credential, failure.retryAt < latest ? failure.retryAt : latest]);
      }
      throw failure;
    }
  };
}

function ignore(): void {
  // Nothing is written twice.
}

interface Kept {
  readonly etag: string;
  readonly text: string;
  readonly headers: Headers;
}

/** Answers that are kept to be asked for again, and how large they are at most. */
const keptAnswers = 1_000;
const keptCharacters = 64 * 1024;

/**
 * `fetch` with a limit of time and of what is read. What was read before is asked for by its `ETag`: that it is still so costs nothing of
 * the credential's limit (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 */
function bounded(options: GitHubCallerOptions): typeof fetch {
  const kept = new Map<string, Kept>();
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const isRead = (init?.method ?? 'GET') === 'GET';
    const key = keyOf(input, headers);
    const known = isRead ? kept.get(key) : undefined;
    if (known !== undefined) headers.set('if-none-match', known.etag);
    const late = AbortSignal.timeout(options.timeoutMilliseconds);
    const signal = options.signal === undefined ? late : AbortSignal.any([late, options.signal]);
    const answer = await (options.fetch ?? fetch)(input, { ...init, headers, signal });
    const text = await limitedText(answer.body, maxAnswerBytes);
    if (text === null) throw new YbError('github-unavailable', 'GitHub answered more than can be true');
    const etag = answer.headers.get('etag');
    const isKept = isRead && answer.status === 200 && etag !== null && text.length <= keptCharacters;
    if (isKept) putNewest(kept, keptAnswers, [key, { etag, text, headers: answer.headers }]);
    const whole =
      answer.status === 304 && known !== undefined
        ? new Response(known.text, { status: 200, headers: known.headers })
        : new Response(text === '' ? null : text, { status: answer.status, headers: answer.headers });
    // Octokit takes a redirect's target from it.
    Object.defineProperty(whole, 'url', { value: answer.url });
    return whole;
  };
}

/** An answer is for one credential, and for one form of it. */
function keyOf(input: string | URL | Request, headers: Headers): string {
  const url = input instanceof Request ? input.url : String(input);
  const asked = [url, headers.get('authorization'), headers.get('accept')];
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64');
}

/** The parts of a repository's name, null for what can be no name: then it is safe in a path. */
export function nameParts(fullName: string): { readonly owner: string; readonly repo: string } | null {
  const match = /^([\w-]{1,100})\/((?!\.{1,2}$)[\w.-]{1,100})$/.exec(fullName);
  return match?.[1] === undefined || match[2] === undefined ? null : { owner: match[1], repo: match[2] };
}

/** The parts of a repository's name. @throws YbError `github-not-found` for what can be no name */
export function requireParts(fullName: string): { readonly owner: string; readonly repo: string } {
  const parts = nameParts(fullName);
  if (parts === null) throw new YbError('github-not-found', 'a repository is named owner/name');
  return parts;
}

/** An answer through its schema. @throws YbError `github-unavailable` for one that is not what GitHub describes */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  return parseValue(schema, data, { what: 'answer of GitHub', code: 'github-unavailable' });
}
