import * as z from 'zod';
import { YbError } from '../errors.ts';

/** Without a word from GitHub how long, a secondary limit is waited out for a minute, as its documentation asks. */
const defaultWaitMilliseconds = 60_000;

/** The part of Octokit's RequestError that decides; without a response GitHub did not answer. */
const Answer = z.object({ status: z.number(), response: z.object({ headers: z.record(z.string(), z.unknown()) }) });

/**
 * What an answer of GitHub means for the caller (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
 * 403 and 429 with rate-limit headers mean later, and when; 401, 403 and 404 without them mean that the credential is not
 * good for this; 422 that it never will be; anything else, and silence, that nobody knows.
 */
export function githubError(error: unknown, now: Date): YbError {
  if (error instanceof YbError) return error;
  const answer = Answer.safeParse(error);
  if (!answer.success) return new YbError('github-unavailable', 'GitHub cannot be reached', { cause: error });
  const { status, response } = answer.data;
  const retryAt = retryTime(response.headers, now);
  if ((status === 403 || status === 429) && (retryAt !== undefined || status === 429)) {
    const at = retryAt ?? new Date(now.getTime() + defaultWaitMilliseconds);
    return new YbError('github-rate-limited', 'GitHub asks to wait (rate limit)', { cause: error, retryAt: at });
  }
  if (status === 401)
    return new YbError('github-unauthorized', 'GitHub does not accept the credential', { cause: error });
  if (status === 403)
    return new YbError('github-unauthorized', 'the credential lacks a right at GitHub', { cause: error });
  if (status === 404)
    return new YbError('github-not-found', 'GitHub does not show it to this credential', { cause: error });
  if (status >= 400 && status < 500)
    return new YbError('github-refused', `GitHub refuses it (${status})`, { cause: error });
  return new YbError('github-unavailable', `GitHub answered ${status}`, { cause: error });
}

function retryTime(headers: Readonly<Record<string, unknown>>, now: Date): Date | undefined {
  const seconds = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(seconds)) return new Date(now.getTime() + seconds * 1000);
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) === '0' && Number.isFinite(reset)) return new Date(reset * 1000);
  return undefined;
}
