import type { Context } from 'hono';
import { YbError } from '../../../shared/errors.ts';
import type { PersonsRepository } from '../../../shared/outside/github.ts';
import { RunId } from '../../../shared/ids.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { readRun } from '../../../shared/store/runs.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import { type Access, allows, type Caller, type Right } from './access.ts';
import type { Audit, Change } from './audit.ts';
import type { Limits } from './limits.ts';
import { isFromOurPages } from './protection.ts';
import type { Sessions } from './session.ts';

export interface OfRepository {
  readonly caller: Caller;
  readonly repository: PersonsRepository;
}

export interface OfRun extends OfRepository {
  readonly run: Run;
}

/**
 * What stands before every route that shows or changes something. Without a right, and without the thing, the same error
 * is thrown, after the same questions about the caller.
 * @throws YbError `unauthenticated`, `not-found`, `too-many-requests`; CrossSiteError
 */
export interface Gate {
  caller(context: Context): Caller;
  repository(context: Context, right: Right): Promise<OfRepository>;
  run(context: Context, right: Right): Promise<OfRun>;
  /** Has the caller change what they were let in for, and writes that down in the repository's audit trail. */
  noted(
    context: Context,
    what: { readonly asked: OfRepository; readonly does: Deed; readonly unwritten?: () => void },
    act: (change: Change) => Promise<Response>,
  ): Promise<Response>;
  /** For what is nowhere: a caller whom GitHub does not know is told that first. */
  nothing(context: Context): Promise<never>;
}

/** A browser was made to send it by a page of somebody else. */
export class CrossSiteError extends Error {
  override readonly name = 'CrossSiteError';
}

export function createGate(options: {
  readonly access: Access;
  readonly audit: Audit;
  readonly limits: Limits;
  readonly documents: Documents;
  readonly sessions: Sessions;
  readonly dashboardUrl: string;
}): Gate {
  const { access, audit, limits, documents, sessions, dashboardUrl } = options;

  const caller = (context: Context): Caller => {
    const token = bearer(context.req.header('authorization'));
    if (token !== null) return { token, by: 'header' };
    const session = sessions.read(context);
    if (session === null) throw new YbError('unauthenticated', 'no sign-in');
    const safe = context.req.method === 'GET' || context.req.method === 'HEAD';
    if (!safe && !isFromOurPages(context, dashboardUrl)) throw new CrossSiteError('from another site');
    return { token: session.token, by: 'cookie' };
  };

  /** Nothing to show: but whether GitHub knows the caller at all is answered first, as it would be for what exists. */
  const refuse = async (who: Caller): Promise<never> => {
    await access.person(who);
    throw new YbError('not-found', 'not there, or not for this caller');
  };

  const permitted = async (who: Caller, repository: PersonsRepository | null, right: Right): Promise<OfRepository> =>
    repository === null || !allows(repository, right) ? await refuse(who) : { caller: who, repository };

  return {
    caller,
    async repository(context, right) {
      const who = caller(context);
      const fullName = `${context.req.param('owner') ?? ''}/${context.req.param('repo') ?? ''}`;
      return await permitted(who, await access.byName(who, fullName), right);
    },
    async run(context, right) {
      const who = caller(context);
      const id = RunId.safeParse(context.req.param('id'));
      const stored = id.success ? await readRun(documents, id.data) : null;
      if (stored === null) return await refuse(who);
      const run = stored.value;
      return { ...(await permitted(who, await access.byId(who, run.repoId), right)), run };
    },
    async noted(context, { asked, does, unwritten = () => undefined }, act) {
      const { caller: who, repository } = asked;
      const by = await access.person(who);
      if (by === null) throw new YbError('unauthenticated', "a token that is no person's");
      limits.change(by.id);
      return await audit.noted({ context, caller: who, by, repoId: repository.id, deed: does, unwritten }, act);
    },
    async nothing(context) {
      return await refuse(caller(context));
    },
  };
}

/** The token of an Authorization header, in either of GitHub's spellings; null for anything else. */
function bearer(header: string | undefined): string | null {
  return /^(?:bearer|token) ([\x21-\x7e]{1,1024})$/i.exec(header ?? '')?.[1] ?? null;
}
