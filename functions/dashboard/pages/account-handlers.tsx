import type { Context } from 'hono';
import { TokenBody } from '../../../shared/api/self-schemas.ts';
import { errorCode, publicMessage, YbError } from '../../../shared/errors.ts';
import { parseValue } from '../../../shared/json.ts';
import { accountLink } from '../../../shared/links.ts';
import type { Changing } from '../access/audit.ts';
import type { OfSelf } from '../access/gate.ts';
import { sessionView, tokenView } from '../api/self-views.ts';
import { formBody } from '../http/bodies.ts';
import type { Services } from '../services.ts';
import { AccountPage, type Outcome } from './account-page.tsx';
import { showPage } from './show.tsx';

type Answer<Asked> = (context: Context, asked: Asked) => Promise<Response>;

/** A person's own page, and what its forms do. */
export interface AccountHandlers {
  readonly show: Answer<OfSelf>;
  readonly makeToken: Answer<Changing<OfSelf>>;
  readonly revokeToken: Answer<Changing<OfSelf>>;
  readonly endSessions: Answer<Changing<OfSelf>>;
}

export function createAccountHandlers(services: Services): AccountHandlers {
  const { sessions, tokens, tokenMaking, cookies, settings } = services;

  const page = async (context: Context, { caller, person }: OfSelf, outcome: Outcome | null): Promise<Response> => {
    const [open, made] = await Promise.all([sessions.list(person.id), tokens.list(person.id)]);
    const model = {
      login: person.login,
      sessions: open.map((one) => sessionView(one, caller)),
      tokens: made.map((one) => tokenView(one, caller)),
      server: settings.dashboardUrl,
    };
    const status = outcome?.type === 'refused' ? 422 : 200;
    const shown = <AccountPage frame={services.frame(context)} model={model} outcome={outcome} />;
    return await showPage(context, shown, status);
  };

  return {
    async show(context, asked) {
      return await page(context, asked, null);
    },
    async makeToken(context, asked) {
      try {
        const { repositories = '', ...form } = Object.fromEntries(await formBody(context));
        const names = repositories.split(/[\s,]+/).filter((name) => name !== '');
        const given = { ...form, ...(names.length === 0 ? {} : { repositories: names }) };
        const body = parseValue(TokenBody, given, { what: 'form', code: 'unprocessable' });
        asked.change.tell(body.name);
        const { token, record } = await tokenMaking.make(asked, body);
        return await page(context, asked, { type: 'made', token, name: record.name });
      } catch (error) {
        // Told beside the form, as what is wrong is in it.
        if (errorCode(error) !== 'unprocessable') throw error;
        const words = publicMessage(error);
        asked.change.tell(`not made: ${words}`);
        return await page(context, asked, { type: 'refused', words });
      }
    },
    async revokeToken(context, asked) {
      const id = (await formBody(context)).get('id') ?? '';
      asked.change.tell(id);
      if (!(await tokens.revoke(asked.person.id, id))) throw new YbError('not-found', 'no such token');
      return context.redirect(accountLink, 303);
    },
    async endSessions(context, { caller, person, change }) {
      const id = (await formBody(context)).get('id');
      change.tell(id ?? 'all');
      await sessions.endOf(person.id, id === undefined ? 'all' : { id });
      const isOwn = caller.through.kind === 'session' && (id === undefined || id === caller.through.hash);
      if (isOwn) cookies.dropSessionId(context);
      return context.redirect(isOwn ? '/auth/signed-out' : accountLink, 303);
    },
  };
}
