import * as z from 'zod';
import { YbError } from '../shared/errors.ts';
import { answerOf, type GitHubAnswer } from '../shared/github/errors.ts';
import { CommandError } from './command.ts';
import { oneLine } from './text.ts';

/** Where a person makes a token for chosen repositories. */
export const tokenPage = 'https://github.com/settings/personal-access-tokens/new';

const Problem = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

/** A failed call to GitHub, with what to do about it. The code stays. */
export function inWords(
  error: unknown,
  asked: {
    /** Completes "GitHub does not let you …". */
    readonly doing: string;
    readonly tokenName: string;
    readonly apiUrl: string;
  },
): unknown {
  if (!(error instanceof YbError)) return error;
  const answer = answerOf(error.cause);
  const told = answer === null ? silence(asked.apiUrl) : wordsOf(error, answer, asked);
  return new CommandError(error.code, told, { cause: error });
}

type Told = ConstructorParameters<typeof CommandError>[1];

function silence(apiUrl: string): Told {
  return { what: `GitHub does not answer at ${apiUrl}`, why: 'Look at the network, and at GITHUB_API_URL.' };
}

function wordsOf(
  { code, retryAt }: YbError,
  answer: GitHubAnswer,
  { doing, tokenName, apiUrl }: Parameters<typeof inWords>[1],
): Told {
  const { status } = answer;
  const said = whatGitHubSaid(answer);
  if (code === 'github-rate-limited') {
    const when = retryAt === undefined ? 'in a minute' : `after ${retryAt.toISOString()}`;
    return {
      what: `GitHub takes no more requests for now`,
      why: `Try again ${when}. Nothing is half done that a second run does not finish.`,
    };
  }
  if (status === 401) {
    return {
      what: `GitHub does not accept the token in ${tokenName}`,
      why: `It has expired, was revoked, or is not one of ${apiUrl}.`,
      next: `Make a new one at ${tokenPage}`,
    };
  }
  if (status === 403) {
    const needed = header(answer, 'x-accepted-github-permissions');
    const signOn = header(answer, 'x-github-sso')?.match(/url=(https:[^\s;,]+)/)?.[1];
    return {
      what: `GitHub does not let the token in ${tokenName} ${doing}`,
      why: needed === null ? said : `${said} The token needs: ${oneLine(needed)}.`,
      ...(signOn === undefined ? {} : { next: `Authorise the token for the organisation: ${signOn}` }),
    };
  }
  if (status === 404) {
    return {
      what: `GitHub does not let the token in ${tokenName} ${doing}`,
      why: 'There is no such thing, or the token does not reach it: GitHub answers both with 404.',
      next: 'Look at the spelling, and at the repositories that the token was made for.',
    };
  }
  if (status >= 500) {
    return {
      what: `GitHub could not ${doing} (${status})`,
      why: 'That is on their side: https://www.githubstatus.com. Run the command again later.',
    };
  }
  return { what: `GitHub refuses to ${doing} (${status})`, why: said };
}

function header({ response }: GitHubAnswer, name: string): string | null {
  const value = response.headers[name];
  return typeof value === 'string' ? value : null;
}

function whatGitHubSaid({ response }: GitHubAnswer): string {
  const parsed = Problem.safeParse(response.data);
  if (!parsed.success) return 'It does not say why.';
  const details = (parsed.data.errors ?? []).map((error) =>
    typeof error === 'string' ? error : (error.message ?? ''),
  );
  return `GitHub says: ${oneLine([parsed.data.message, ...details].filter((part) => part !== '').join(': '))}.`;
}
