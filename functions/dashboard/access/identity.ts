import type { Context } from 'hono';
import { YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { GitHub, Person } from '../../../shared/outside/github.ts';
import type { AuditEntry } from '../../../shared/repository/audit.ts';
import type { TokenScope } from '../../../shared/person/person.ts';
import type { TokenRecord } from '../../../shared/store/tokens.ts';
import type { Grants } from './grants.ts';
import { createMemory } from '../../../shared/memory.ts';
import { isFromOurPages } from './protection.ts';
import type { Sessions } from './sessions.ts';
import { hashOf, shortIdOf } from './short-id.ts';
import { isOwnToken, type Tokens } from './tokens.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Of whoever is signed in in this browser; pages show it. */
    login?: string;
    /** Nobody is signed in, and what is asked for is shown to everybody. */
    isAnybody?: true;
  }
}

/** Who asks, and by what they are let in. */
export interface Caller {
  /** GitHub's token for the person, which this installation's App was given: with it GitHub is asked what they may. */
  readonly token: string;
  readonly through: AuditEntry['through'];
  /** Whose session or token it is; null where GitHub has yet to say it. */
  readonly known: Person | null;
  /** What they are let in for at most, whatever the person may do. */
  readonly limit: {
    readonly scope: TokenScope;
    /** Numbers of repositories; null for all. */
    readonly repositories: ReadonlySet<string> | null;
  };
  /** Whether it is the person themselves, who may also end sessions and make tokens; else a program with a token. */
  readonly isPerson: boolean;
}

/**
 * The one answer to "who is asking?". Three things count: the session of the page, a token of our own, and what this
 * installation's App gave a program by the device flow. Any other token of GitHub's counts as nobody's, an administrator's too: a
 * program that holds it could be anybody.
 * @throws YbError `unauthenticated`; CrossSiteError for a change that another site had a browser send
 */
export type Identity = (context: Context) => Promise<Caller>;

/** A browser was made to send it by a page of somebody else. */
export class CrossSiteError extends Error {
  override readonly name = 'CrossSiteError';
}

const seenMilliseconds = 60_000;
const unseenMilliseconds = 10_000;
const remembered = 5_000;
const everything = { scope: 'admin', repositories: null } as const;

export function createIdentity(options: {
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly grants: Grants;
  readonly github: Pick<GitHub, 'isOurs'>;
  readonly clock: Clock;
  readonly dashboardUrl: string;
}): Identity {
  const { sessions, tokens, grants, github, clock, dashboardUrl } = options;
  const ours = createMemory<boolean>({ clock, limit: remembered });

  const ofApp = async (token: string): Promise<Caller> => {
    // An installation's token is a program's, whoever holds it.
    const isOurs =
      !token.startsWith('ghs_') &&
      (await ours.of(
        hashOf(token),
        async () => await github.isOurs(token),
        (known) => (known ? seenMilliseconds : unseenMilliseconds),
      ));
    if (!isOurs) throw new YbError('unauthenticated', 'a token that was given to another program');
    const through = { kind: 'app', hash: shortIdOf(hashOf(token)) } as const;
    return { token, through, known: null, limit: everything, isPerson: true };
  };

  const ofToken = async (given: string): Promise<Caller> => {
    const record = await tokens.of(given);
    if (record === null) throw new YbError('unauthenticated', 'no such token');
    const { person, createdAt } = record;
    return {
      token: await grants.tokenOf(person.id, createdAt),
      through: { kind: 'token', hash: record.id },
      known: person,
      limit: limitOf(record),
      isPerson: record.kind === 'login',
    };
  };

  const ofSession = async (context: Context): Promise<Caller> => {
    const session = await sessions.of(context);
    if (session === null) throw new YbError('unauthenticated', 'no sign-in');
    const safe = context.req.method === 'GET' || context.req.method === 'HEAD';
    if (!safe && !isFromOurPages(context, dashboardUrl)) throw new CrossSiteError('from another site');
    const { id, person, createdAt } = session;
    context.set('login', person.login);
    const token = await grants.tokenOf(person.id, createdAt);
    return { token, through: { kind: 'session', hash: id }, known: person, limit: everything, isPerson: true };
  };

  return async (context) => {
    const header = bearer(context.req.header('authorization'));
    if (header === null) return await ofSession(context);
    return isOwnToken(header) ? await ofToken(header) : await ofApp(header);
  };
}

function limitOf({ scope, repositories }: TokenRecord): Caller['limit'] {
  return { scope, repositories: repositories === null ? null : new Set(repositories.map(({ id }) => id)) };
}

/** The token of an Authorization header, in either of GitHub's spellings; null for anything else. */
function bearer(header: string | undefined): string | null {
  return /^(?:bearer|token) ([\x21-\x7e]{1,1024})$/i.exec(header ?? '')?.[1] ?? null;
}
