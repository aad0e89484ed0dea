import * as z from 'zod';
import { CommandError } from './command.ts';
import type { JsonAnswer } from './http.ts';
import { oneLine } from './text.ts';

/** Where a person makes a token for chosen repositories. */
export const tokenPage = 'https://github.com/settings/personal-access-tokens/new';

const Problem = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

/** Passes every answer of 2xx. @throws CommandError for any other, saying what to do about it */
export function checkStatus(asked: {
  readonly answer: JsonAnswer;
  /** Completes "GitHub does not let you …". */
  readonly doing: string;
  readonly tokenName: string;
  readonly apiUrl: string;
}): void {
  const { answer, doing, tokenName, apiUrl } = asked;
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return;
  const said = whatGitHubSaid(answer);
  if (status === 401) {
    throw new CommandError('github-unauthorized', {
      what: `GitHub does not accept the token in ${tokenName}`,
      why: `It has expired, was revoked, or is not one of ${apiUrl}.`,
      next: `Make a new one at ${tokenPage}`,
    });
  }
  if (
    status === 429 ||
    (status === 403 && (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0'))
  ) {
    throw new CommandError('github-rate-limited', {
      what: `GitHub takes no more requests for now`,
      why: `${until(headers)} Nothing is half done that a second run does not finish.`,
    });
  }
  if (status === 403) {
    const needed = headers.get('x-accepted-github-permissions');
    const signOn = headers.get('x-github-sso')?.match(/url=(https:[^\s;,]+)/)?.[1];
    throw new CommandError('github-refused', {
      what: `GitHub does not let the token in ${tokenName} ${doing}`,
      why: needed === null ? said : `${said} The token needs: ${oneLine(needed)}.`,
      ...(signOn === undefined ? {} : { next: `Authorise the token for the organisation: ${signOn}` }),
    });
  }
  if (status === 404) {
    throw new CommandError('github-not-found', {
      what: `GitHub does not let the token in ${tokenName} ${doing}`,
      why: 'There is no such thing, or the token does not reach it: GitHub answers both with 404.',
      next: 'Look at the spelling, and at the repositories that the token was made for.',
    });
  }
  if (status >= 500) {
    throw new CommandError('github-unavailable', {
      what: `GitHub could not ${doing} (${status})`,
      why: 'That is on their side: https://www.githubstatus.com. Run the command again later.',
    });
  }
  throw new CommandError('github-refused', { what: `GitHub refuses to ${doing} (${status})`, why: said });
}

function whatGitHubSaid({ body }: JsonAnswer): string {
  const parsed = Problem.safeParse(body);
  if (!parsed.success) return 'It does not say why.';
  const details = (parsed.data.errors ?? []).map((error) =>
    typeof error === 'string' ? error : (error.message ?? ''),
  );
  return `GitHub says: ${oneLine([parsed.data.message, ...details].filter((part) => part !== '').join(': '))}.`;
}

function until(headers: Headers): string {
  const seconds = headers.get('retry-after');
  if (seconds !== null && /^\d{1,6}$/.test(seconds)) return `Try again in ${seconds} s.`;
  const reset = headers.get('x-ratelimit-reset');
  if (reset !== null && /^\d{1,12}$/.test(reset))
    return `Try again after ${new Date(Number(reset) * 1000).toISOString()}.`;
  return 'Try again in a minute.';
}
