import { doubledPause } from '../back-off.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { mayArriveMilliseconds } from '../run/commit-report.ts';
import type { News } from '../run/news.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const pauses = { firstMilliseconds: minute, longestMilliseconds: 30 * minute };

export type NewsStep =
  /** Nothing is to be told, or not now. */
  | { readonly type: 'rest' }
  /** With `readBack`, it is looked first whether it is there: nobody knows how the try before ended. */
  | { readonly type: 'tell'; readonly readBack: boolean };

/** What is to be done about news now. Pure. */
export function nextNewsStep(news: News | null, now: Date): NewsStep {
  if (news === null || news.nextAt === null || news.nextAt > now) return { type: 'rest' };
  return { type: 'tell', readBack: news.sending !== null };
}

/** While they are being sent: whoever finds them so later reads back first, when nothing can arrive any more. */
export function sending(news: News, now: Date): News {
  return { ...news, sending: now, nextAt: new Date(now.getTime() + mayArriveMilliseconds) };
}

export function told(news: News, now: Date): News {
  return { ...news, sending: null, nextAt: null, toldAt: now, problem: null };
}

/** They are not told any more. @param why null where nobody needs to know */
export function leftUntold(news: News, why: string | null): News {
  return { ...news, sending: null, nextAt: null, problem: why };
}

/** Something that comes first is not known yet. */
export function putOff(news: News, now: Date): News {
  return { ...news, nextAt: new Date(now.getTime() + minute) };
}

/**
 * After a try that did not succeed: what another try may mend is tried for a day, with growing pauses; a credential without the right
 * is not asked again. Pure.
 */
export function notTold(
  news: News,
  failure: {
    readonly code: ErrorCode;
    readonly words: string;
    readonly retryAt: Date | undefined;
    /** Whether nobody knows if it arrived, by this try or one before. */
    readonly unknown: boolean;
  },
  now: Date,
): News {
  const { code, words, retryAt, unknown } = failure;
  const tries = news.tries + 1;
  const isOver = now.getTime() - news.since.getTime() >= day;
  if (isOver || errorTable[code].disposition !== 'retry') return { ...leftUntold(news, words), tries };
  const pause = Math.max(unknown ? mayArriveMilliseconds : 0, doubledPause(tries, pauses));
  const nextAt = new Date(Math.max(now.getTime() + pause, retryAt?.getTime() ?? 0));
  return { ...news, tries, nextAt, sending: unknown ? (news.sending ?? now) : null, problem: words };
}
