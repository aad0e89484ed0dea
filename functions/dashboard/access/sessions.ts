import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import * as z from 'zod';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { parseJson } from '../../../shared/json.ts';
import { type KeyRing, seal, unseal } from '../../../shared/sealing.ts';

const Session = z.object({ token: z.string().min(1), login: z.string(), until: z.number() });
export type Session = Omit<z.output<typeof Session>, 'until'>;

/** A sign-in on its way: what the browser brings back with GitHub's code must be what it was sent away with. */
const Attempt = z.object({ state: z.string(), verifier: z.string(), returnTo: z.string(), until: z.number() });
export type Attempt = Omit<z.output<typeof Attempt>, 'until'>;

/**
 * Sessions live in the browser alone, sealed: nothing is stored, and an instance that has just started knows everybody.
 * A cookie that is too old, altered or of another installation counts as none.
 */
export interface Sessions {
  read(context: Context): Session | null;
  start(context: Context, session: Session): void;
  end(context: Context): void;
  /** The attempt that began with this state. Several may be on their way: people open several links at once. */
  takeAttempt(context: Context, state: string): Attempt | null;
  startAttempt(context: Context, attempt: Attempt): void;
}

const sessionSeconds = 8 * 3600;
const attemptSeconds = 600;

export function createSessions(options: {
  readonly ring: KeyRing;
  readonly dashboardUrl: string;
  readonly clock: Clock;
  readonly random: Random;
}): Sessions {
  const url = new URL(options.dashboardUrl);
  const secure = url.protocol === 'https:';
  // `__Host-` binds a cookie to this very host (RFC 6265bis), but asks for https. Locally several systems share one host, and
  // cookies do not know of ports: the name tells them apart.
  const name = (what: string): string => (secure ? `__Host-yb-${what}` : `yb-${what}-${url.port}`);
  const put = (context: Context, what: string, value: object, seconds: number): void => {
    const until = options.clock.now().getTime() + seconds * 1000;
    const sealed = seal({
      ring: options.ring,
      place: `cookies/${what}`,
      plain: JSON.stringify({ ...value, until }),
      random: options.random,
    });
    setCookie(context, name(what), sealed, { path: '/', httpOnly: true, sameSite: 'Lax', secure, maxAge: seconds });
  };
  const take = <Schema extends z.ZodType<{ until: number }>>(
    context: Context,
    what: string,
    schema: Schema,
  ): z.output<Schema> | null => {
    const sealed = getCookie(context, name(what));
    if (sealed === undefined) return null;
    try {
      const plain = unseal({ ring: options.ring, place: `cookies/${what}`, sealed });
      const value = parseJson(schema, plain, { what: 'cookie' });
      return value.until > options.clock.now().getTime() ? value : null;
    } catch {
      return null;
    }
  };
  const drop = (context: Context, what: string): void => {
    deleteCookie(context, name(what), { path: '/', httpOnly: true, sameSite: 'Lax', secure });
  };
  return {
    read: (context) => take(context, 'session', Session),
    start: (context, session) => {
      put(context, 'session', session, sessionSeconds);
    },
    end: (context) => {
      drop(context, 'session');
    },
    takeAttempt: (context, state) => {
      const attempt = take(context, attemptName(state), Attempt);
      drop(context, attemptName(state));
      return attempt !== null && same(attempt.state, state) ? attempt : null;
    },
    startAttempt: (context, attempt) => {
      put(context, attemptName(attempt.state), attempt, attemptSeconds);
    },
  };
}

function attemptName(state: string): string {
  return `sign-in-${createHash('sha256').update(state).digest('hex').slice(0, 16)}`;
}

function same(left: string, right: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}
