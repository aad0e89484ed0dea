import * as z from 'zod';
import { YbError } from '../errors.ts';

/** Without a word from GitHub how long, a limit is waited out for a minute, as its documentation asks. */
const defaultWaitMilliseconds = 60_000;

const Headers = z.record(z.string(), z.unknown());
/** The part of Octokit's RequestError that decides; without a response GitHub did not answer. */
const Answer = z.object({ status: z.number(), response: z.object({ headers: Headers, data: z.unknown().optional() }) });
export type GitHubAnswer = z.output<typeof Answer>;

/** GitHub's answer, of the cause of one of our errors; null if none came. */
export function answerOf(error: unknown): GitHubAnswer | null {
  return Answer.safeParse(error).data ?? null;
}

/** Its HTTP status. */
export function statusOf(error: unknown): number | null {
  return answerOf(error)?.status ?? null;
}

/**
 * What an answer of GitHub means for the caller (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
 * 403 and 429 with rate-limit headers mean later, and when; 401, 403 and 404 without them mean that the credential is not
 * good for this; 422 that it never will be, or that the commit is not there (yet); anything else, and silence, that nobody knows.
 */
export function githubError(error: unknown, now: Date): YbError {
  if (error instanceof YbError) return error;
  const answer = answerOf(error);
  if (answer === null) return new YbError('github-unavailable', 'GitHub cannot be reached', { cause: error });
  const { status, response } = answer;
  const retryAt = retryTime(status, response.headers, now);
  if (retryAt !== null) {
    return new YbError('github-rate-limited', 'GitHub asks to wait (rate limit)', { cause: error, retryAt });
  }
  if (status === 401)
    return new YbError('github-unauthorized', 'GitHub does not accept the credential', { cause: error });
  if (status === 403)
    return new YbError('github-unauthorized', 'the credential lacks a right at GitHub', { cause: error });
  if (status === 404)
    return new YbError('github-not-found', 'GitHub does not show it to this credential', { cause: error });
  if (status === 422 && saysNoCommit(response.data))
    return new YbError('github-no-commit', 'GitHub does not have the commit', { cause: error });
  if (status >= 400 && status < 500)
    return new YbError('github-refused', `GitHub refuses it (${status})`, { cause: error });
  return new YbError('github-unavailable', `GitHub answered ${status}`, { cause: error });
}

const Refusal = z.object({ message: z.string() });

/** GitHub tells this refusal from others by its words alone. */
function saysNoCommit(data: unknown): boolean {
  return Refusal.safeParse(data).data?.message.startsWith('No commit found for SHA') === true;
}

/**
 * When to come back, if this answer is about a rate limit; null if it is not. The one place that reads these headers
 * (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 */
export function retryTime(status: number, headers: Readonly<Record<string, unknown>>, now: Date): Date | null {
  if (status !== 403 && status !== 429) return null;
  const after = wholeNumber(headers['retry-after']);
  if (after !== null) return new Date(now.getTime() + after * 1000);
  const reset = wholeNumber(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) === '0' && reset !== null) return new Date(reset * 1000);
  return status === 429 ? new Date(now.getTime() + defaultWaitMilliseconds) : null;
}

/** Digits alone, and not so many that no time could be made of them. */
function wholeNumber(value: unknown): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : null;
}
