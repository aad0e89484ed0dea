import type { Context } from 'hono';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Person } from '../../../shared/outside/github.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { createSession, readSession, type Session, sessionPath, sessionsOf } from '../../../shared/store/sessions.ts';
import { clientAddress } from './client-address.ts';
import type { Cookies } from './cookies.ts';
import { hashOf, shortIdOf } from './short-id.ts';

/** The browsers in which people have signed in. What a browser holds is an id; everything else is ours, so that it can be ended. */
export interface Sessions {
  /** The session of the browser that asks, if it is good. */
  of(context: Context): Promise<Session | null>;
  start(context: Context, person: Person): Promise<void>;
  /** Ends the session of the browser that asks, if it has one. */
  end(context: Context): Promise<void>;
  /** Those of a person that are good, the newest first. */
  list(personId: string): Promise<Session[]>;
  /** @param which one of the person's, or all of them. @returns how many it were */
  endOf(personId: string, which: { readonly id: string } | 'all'): Promise<number>;
}

const sessionSeconds = 8 * 3600;
const idBytes = 32;
const longestAgent = 200;

export function createSessions(options: {
  readonly documents: Documents;
  readonly cookies: Cookies;
  readonly clock: Clock;
  readonly random: Random;
}): Sessions {
  const { documents, cookies, clock, random } = options;
  const isGood = ({ expireAt }: Session): boolean => expireAt.getTime() > clock.now().getTime();
  return {
    async of(context) {
      const id = cookies.sessionId(context);
      const session = id === null ? null : await readSession(documents, hashOf(id));
      return session !== null && isGood(session) ? session : null;
    },
    async start(context, { id: personId, login }) {
      const id = Buffer.from(random.bytes(idBytes)).toString('base64url');
      const hash = hashOf(id);
      const now = clock.now();
      const agent = context.req.header('user-agent')?.slice(0, longestAgent).toWellFormed() ?? null;
      await createSession(documents, hash, {
        id: shortIdOf(hash),
        person: { id: personId, login },
        createdAt: now,
        from: clientAddress(context.req.header('x-forwarded-for')),
        agent,
        expireAt: new Date(now.getTime() + sessionSeconds * 1000),
      });
      cookies.setSessionId(context, id, sessionSeconds);
    },
    async end(context) {
      const id = cookies.sessionId(context);
      cookies.dropSessionId(context);
      if (id !== null) await documents.commit([{ type: 'delete', path: sessionPath(hashOf(id)) }]);
    },
    async list(personId) {
      const found = (await sessionsOf(documents, personId)).map(({ value }) => value).filter(isGood);
      return found.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    },
    async endOf(personId, which) {
      const found = await sessionsOf(documents, personId);
      const ended = which === 'all' ? found : found.filter(({ value }) => value.id === which.id);
      if (ended.length > 0) await documents.commit(ended.map(({ path }) => ({ type: 'delete', path })));
      return ended.length;
    },
  };
}
