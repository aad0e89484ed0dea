import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ProblemView } from '../../../shared/api/schemas.ts';
import { errorCode, errorTable, publicMessage } from '../../../shared/errors.ts';

/** A refusal as the API tells it (RFC 9457). */
export interface Problem {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Seconds until another try can succeed. */
  readonly retryAfter?: number;
}

/** The one answer for what is not there and for what the caller may not see or do. */
export const notFound: Problem = {
  status: 404,
  title: 'Not found',
  detail: 'There is nothing here, or your account on GitHub may not see it or do this',
  code: 'not-found',
};

/** The one answer without a token, or with one that does not count. */
export const unauthenticated: Problem = {
  status: 401,
  title: 'Sign in first',
  detail:
    'Send the token of yb login as "Authorization: Bearer <token>". One that GitHub gave another program does not count',
  code: 'unauthenticated',
};

export const crossSite: Problem = {
  status: 403,
  title: 'Not from this site',
  detail: 'This request came from another site. Open the page here and try again',
  code: 'cross-site',
};

const titles: Record<number, string> = {
  400: 'Bad request',
  403: 'Not allowed',
  405: 'Method not allowed',
  409: 'In conflict with what is there',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Cannot be done',
  429: 'Too many requests',
  502: 'GitHub refuses',
  503: 'Not available right now',
};

/** Any thrown value as a problem; what is not for the caller's eyes is not in it. */
export function problemOf(thrown: unknown, now: Date): Problem {
  const code = errorCode(thrown);
  if (code === 'unauthenticated') return unauthenticated;
  if (code === 'not-found') return notFound;
  const status = statusOf(errorTable[code].status);
  const retryAt =
    thrown instanceof Error && 'retryAt' in thrown && thrown.retryAt instanceof Date ? thrown.retryAt : null;
  return {
    status,
    title: titles[status] ?? 'Something went wrong',
    // Of what went wrong inside, only the fact is told: the message may name documents.
    detail: status === 500 ? 'Something went wrong on our side. It is in our log' : publicMessage(thrown),
    code,
    ...(retryAt === null ? {} : { retryAfter: Math.max(1, Math.ceil((retryAt.getTime() - now.getTime()) / 1000)) }),
  };
}

function statusOf(status: number): ContentfulStatusCode {
  const known = [400, 401, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503] as const;
  return known.find((each) => each === status) ?? 500;
}

export function viewOf({ status, title, detail, code }: Problem): ProblemView {
  return { type: 'about:blank', title, status, detail, code };
}

export function sendProblem(context: Context, problem: Problem): Response {
  const { status } = problem;
  return context.body(JSON.stringify(viewOf(problem)), status, {
    'content-type': 'application/problem+json',
    ...(problem.retryAfter === undefined ? {} : { 'retry-after': String(problem.retryAfter) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="yb"' } : {}),
  });
}
