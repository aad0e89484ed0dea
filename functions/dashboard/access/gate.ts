import type { Context } from 'hono';
import { YbError } from '../../../shared/errors.ts';
import type { Person, PersonsRepository } from '../../../shared/outside/github.ts';
import { RunId } from '../../../shared/ids.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { personPath } from '../../../shared/store/people.ts';
import { repositoryPath } from '../../../shared/store/repositories.ts';
import { readRun } from '../../../shared/store/runs.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import { type Access, allows, type Right } from './access.ts';
import type { Audit, Change } from './audit.ts';
import type { Caller, Identity } from './identity.ts';
import type { Limits } from './limits.ts';

export interface OfRepository {
  readonly caller: Caller;
  readonly repository: PersonsRepository;
}

export interface OfRun extends OfRepository {
  readonly run: Run;
}

/** What is the caller's own: sessions and tokens. */
export interface OfSelf {
  readonly caller: Caller;
  readonly person: Person;
}

/**
 * What stands before every route that shows or changes something. Without a right, and without the thing, the same error
 * is thrown, after the same questions about the caller.
 * @throws YbError `unauthenticated`, `not-found`, `too-many-requests`; CrossSiteError
 */
export interface Gate {
  caller(context: Context): Promise<Caller>;
  /** @throws YbError `not-found` also for a token that somebody made, which says nothing of sessions and makes no others */
  self(context: Context): Promise<OfSelf>;
  repository(context: Context, right: Right): Promise<OfRepository>;
  run(context: Context, right: Right): Promise<OfRun>;
  /** Has the caller change what they were let in for, and writes that down in the audit trail of what is changed. */
  noted(
    context: Context,
    what: { readonly asked: OfRepository | OfSelf; readonly does: Deed; readonly unwritten?: () => void },
    act: (change: Change) => Promise<Response>,
  ): Promise<Response>;
  /** For what is nowhere: a caller whom GitHub does not know is told that first. */
  nothing(context: Context): Promise<never>;
}

export function createGate(options: {
  readonly identity: Identity;
  readonly access: Access;
  readonly audit: Audit;
  readonly limits: Limits;
  readonly documents: Documents;
}): Gate {
  const { identity, access, audit, limits, documents } = options;

  /** Nothing to show: but whether GitHub knows the caller at all is answered first, as it would be for what exists. */
  const refuse = async (who: Caller): Promise<never> => {
    await access.person(who);
    throw new YbError('not-found', 'not there, or not for this caller');
  };

  const permitted = async (who: Caller, repository: PersonsRepository | null, right: Right): Promise<OfRepository> =>
    repository === null || !allows(repository, right) ? await refuse(who) : { caller: who, repository };

  return {
    caller: identity,
    async self(context) {
      const who = await identity(context);
      return who.isPerson ? { caller: who, person: await access.person(who) } : await refuse(who);
    },
    async repository(context, right) {
      const who = await identity(context);
      const fullName = `${context.req.param('owner') ?? ''}/${context.req.param('repo') ?? ''}`;
      return await permitted(who, await access.byName(who, fullName), right);
    },
    async run(context, right) {
      const who = await identity(context);
      const id = RunId.safeParse(context.req.param('id'));
      const stored = id.success ? await readRun(documents, id.data) : null;
      if (stored === null) return await refuse(who);
      const run = stored.value;
      return { ...(await permitted(who, await access.byId(who, run.repoId), right)), run };
    },
    async noted(context, { asked, does, unwritten = () => undefined }, act) {
      const { caller } = asked;
      const by = await access.person(caller);
      limits.change(by.id);
      const of = 'repository' in asked ? repositoryPath(asked.repository.id) : personPath(asked.person.id);
      return await audit.noted({ context, caller, by, of, deed: does, unwritten }, act);
    },
    async nothing(context) {
      return await refuse(await identity(context));
    },
  };
}
