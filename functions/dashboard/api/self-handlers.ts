import type { Context } from 'hono';
import { YbError } from '../../../shared/errors.ts';
import type { LoginBody, MadeToken, SessionList, TokenBody, TokenList } from '../../../shared/api/self-schemas.ts';
import type { Changing } from '../access/audit.ts';
import type { OfSelf } from '../access/gate.ts';
import type { Services } from '../services.ts';
import { sessionView, tokenView } from './self-views.ts';

type Answer<Asked> = (context: Context, asked: Asked) => Promise<Response>;
type Change<Body> = (context: Context, asked: Changing<OfSelf>, body: Body) => Promise<Response>;

/** What the API answers a person about their own sessions and tokens. */
export interface SelfHandlers {
  readonly sessions: Answer<OfSelf>;
  readonly endSession: Answer<Changing<OfSelf>>;
  readonly endSessions: Answer<Changing<OfSelf>>;
  readonly tokens: Answer<OfSelf>;
  readonly makeToken: Change<TokenBody>;
  readonly login: Change<LoginBody>;
  readonly revokeToken: Answer<Changing<OfSelf>>;
}

/** The id in a path that stands for whatever asks. */
const current = 'current';

export function createSelfHandlers({ sessions, tokens, tokenMaking }: Services): SelfHandlers {
  const idIn = (context: Context, { caller }: OfSelf, kind: 'session' | 'token'): string => {
    const id = context.req.param('id') ?? '';
    return id === current && caller.through.kind === kind ? caller.through.hash : id;
  };
  return {
    async sessions(context, { caller, person }) {
      const found = await sessions.list(person.id);
      return context.json({ sessions: found.map((one) => sessionView(one, caller)) } satisfies SessionList);
    },
    async endSession(context, asked) {
      const id = idIn(context, asked, 'session');
      asked.change.tell(id);
      if ((await sessions.endOf(asked.person.id, { id })) === 0) throw new YbError('not-found', 'no such session');
      return context.body(null, 204);
    },
    async endSessions(context, { person, change }) {
      change.tell(`all: ${await sessions.endOf(person.id, 'all')}`);
      return context.body(null, 204);
    },
    async tokens(context, { caller, person }) {
      const found = await tokens.list(person.id);
      return context.json({ tokens: found.map((one) => tokenView(one, caller)) } satisfies TokenList);
    },
    async makeToken(context, asked, body) {
      asked.change.tell(body.name);
      const { token, record } = await tokenMaking.make(asked, body);
      return context.json({ ...tokenView(record, asked.caller), token } satisfies MadeToken, 201);
    },
    async login(context, asked, body) {
      asked.change.tell(body.name);
      const { token, record } = await tokenMaking.login(asked, body);
      return context.json({ ...tokenView(record, asked.caller), token } satisfies MadeToken, 201);
    },
    async revokeToken(context, asked) {
      const id = idIn(context, asked, 'token');
      asked.change.tell(id);
      if (!(await tokens.revoke(asked.person.id, id))) throw new YbError('not-found', 'no such token');
      return context.body(null, 204);
    },
  };
}
