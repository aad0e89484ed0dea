import type { Clock } from '../clock.ts';
import { YbError } from '../errors.ts';
import { limitedText } from '../limited-body.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** `X-OAuth-Scopes`, which GitHub sends for classic and OAuth tokens alone; null without it. */
  readonly scopes: string | null;
}

/** GitHub's answers to these questions stay far below it. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Without a word from GitHub how long, a secondary limit is waited out for a minute, as its documentation asks. */
const defaultWaitMilliseconds = 60_000;

/**
 * Reads from GitHub's REST API with any token. Plain `fetch`: a page asks four kinds of questions, and Octokit would be
 * most of what the function loads before its first answer.
 * @throws YbError `github-unavailable` without an answer, `github-rate-limited` with the time at which another try can succeed
 */
export function createGitHubRequests(options: {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
  readonly fetch?: typeof fetch;
}): (token: string, path: string) => Promise<Answer> {
  return async (token, path) => {
    const response = await answered(async () => {
      return await (options.fetch ?? fetch)(`${options.apiUrl}${path}`, {
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${token}`,
          'user-agent': 'yb',
          'x-github-api-version': '2022-11-28',
        },
        signal: AbortSignal.timeout(options.timeoutMilliseconds),
      });
    });
    const text = await answered(async () => await limitedText(response.body, maxAnswerBytes));
    if (text === null) throw new YbError('github-unavailable', 'GitHub answered more than can be true');
    const retryAt = retryTime(response, options.clock.now());
    if (retryAt !== null) throw new YbError('github-rate-limited', 'GitHub asks to wait (rate limit)', { retryAt });
    return { status: response.status, text, scopes: response.headers.get('x-oauth-scopes') };
  };
}

async function answered<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof YbError) throw error;
    throw new YbError('github-unavailable', 'GitHub cannot be reached', { cause: error });
  }
}

/** When to come back, if this answer is about a rate limit (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
function retryTime(response: Response, now: Date): Date | null {
  if (response.status !== 403 && response.status !== 429) return null;
  const after = response.headers.get('retry-after');
  if (after !== null && /^\d+$/.test(after)) return new Date(now.getTime() + Number(after) * 1000);
  const reset = response.headers.get('x-ratelimit-reset');
  if (response.headers.get('x-ratelimit-remaining') === '0' && reset !== null && /^\d+$/.test(reset)) {
    return new Date(Number(reset) * 1000);
  }
  return response.status === 429 ? new Date(now.getTime() + defaultWaitMilliseconds) : null;
}
