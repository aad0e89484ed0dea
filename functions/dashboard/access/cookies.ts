import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import * as z from 'zod';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { parseJson } from '../../../shared/json.ts';
import { type KeyRing, seal, unseal } from '../../../shared/sealing.ts';
import { hashOf, shortIdOf } from './short-id.ts';

/** A sign-in on its way: what the browser brings back with GitHub's code must be what it was sent away with. */
const Attempt = z.object({ state: z.string(), verifier: z.string(), returnTo: z.string(), until: z.number() });
export type Attempt = Omit<z.output<typeof Attempt>, 'until'>;

/** What a browser keeps for us: the id of its session, and the sign-ins that are on their way, sealed. */
export interface Cookies {
  /** Null for what cannot be the id of a session. */
  sessionId(context: Context): string | null;
  setSessionId(context: Context, id: string, seconds: number): void;
  dropSessionId(context: Context): void;
  /** The attempt that began with this state. Several may be on their way: people open several links at once. */
  takeAttempt(context: Context, state: string): Attempt | null;
  startAttempt(context: Context, attempt: Attempt): void;
}

const attemptSeconds = 600;
/** Servers refuse headers of more than some kilobytes: who opens links without signing in must not end there. */
const maxAttempts = 4;

export function createCookies(options: {
  readonly ring: KeyRing;
  readonly dashboardUrl: string;
  readonly clock: Clock;
  readonly random: Random;
}): Cookies {
  const url = new URL(options.dashboardUrl);
  const secure = url.protocol === 'https:';
  // `__Host-` binds a cookie to this very host (RFC 6265bis), but asks for https. Locally several systems share one host, and
  // cookies do not know of ports: the name tells them apart.
  const name = (what: string): string => (secure ? `__Host-yb-${what}` : `yb-${what}-${url.port}`);
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const;
  const put = (context: Context, cookie: string, { value, seconds }: { value: string; seconds: number }): void => {
    setCookie(context, cookie, value, { ...attributes, maxAge: seconds });
  };
  const drop = (context: Context, cookie: string): void => {
    deleteCookie(context, cookie, attributes);
  };
  const attemptName = (state: string): string => name(`sign-in-${shortIdOf(hashOf(state))}`);
  /** Whose it is says the state within: {@link same}. */
  const opened = (context: Context, cookie: string): Attempt | null => {
    const sealed = getCookie(context, cookie);
    if (sealed === undefined) return null;
    try {
      const plain = unseal({ ring: options.ring, place: 'cookies/sign-in', sealed });
      const value = parseJson(Attempt, plain, { what: 'cookie' });
      return value.until > options.clock.now().getTime() ? value : null;
    } catch {
      return null;
    }
  };
  return {
    sessionId: (context) => {
      const id = getCookie(context, name('session')) ?? '';
      return /^[\w-]{43}$/.test(id) ? id : null;
    },
    setSessionId: (context, id, seconds) => {
      put(context, name('session'), { value: id, seconds });
    },
    dropSessionId: (context) => {
      drop(context, name('session'));
    },
    takeAttempt: (context, state) => {
      const cookie = attemptName(state);
      const attempt = opened(context, cookie);
      drop(context, cookie);
      return attempt !== null && same(attempt.state, state) ? attempt : null;
    },
    startAttempt: (context, attempt) => {
      const prefix = name('sign-in-');
      const waiting = Object.keys(getCookie(context)).filter((cookie) => isAttempt(cookie, prefix));
      for (const cookie of waiting.slice(0, Math.max(0, waiting.length - maxAttempts + 1))) drop(context, cookie);
      const until = options.clock.now().getTime() + attemptSeconds * 1000;
      const plain = JSON.stringify({ ...attempt, until });
      const value = seal({ ring: options.ring, place: 'cookies/sign-in', plain, random: options.random });
      put(context, attemptName(attempt.state), { value, seconds: attemptSeconds });
    },
  };
}

/** The names of plain http end with the port, which other systems of this machine do not share. */
function isAttempt(cookie: string, prefix: string): boolean {
  const [beginning = '', port = ''] = /^(.*?sign-in-)(\d*)$/.exec(prefix)?.slice(1) ?? [];
  return cookie.startsWith(beginning) && cookie.endsWith(port === '' ? '' : `-${port}`);
}

function same(left: string, right: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}
