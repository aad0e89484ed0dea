import type { Context } from 'hono';
import { errorCode, YbError } from '../../../shared/errors.ts';
import type { Person, PersonsRepository } from '../../../shared/outside/github.ts';
import { RunId } from '../../../shared/ids.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Right } from '../../../shared/person/person.ts';
import { personPath } from '../../../shared/store/people.ts';
import {
  isShownToEverybody,
  readRegistered,
  readNamed,
  type Repository,
  repositoryPath,
} from '../../../shared/store/repositories.ts';
import { readRun } from '../../../shared/store/runs.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import { type Access, allows } from './access.ts';
import type { Audit, Change } from './audit.ts';
import { clientAddress } from './client-address.ts';
import type { Caller, Identity } from './identity.ts';
import type { Limits } from './limits.ts';
import { hashOf } from './short-id.ts';

export interface OfRepository {
  readonly caller: Caller;
  readonly repository: PersonsRepository;
}

export interface OfRun extends OfRepository {
  readonly run: Run;
}

/** What is only shown, to a caller with the right or, where its owner shows it to everybody, to anybody. */
export interface Shown {
  /** Null for anybody. */
  readonly caller: Caller | null;
  readonly repository: PersonsRepository;
}

export interface ShownRun extends Shown {
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
  /** The same for what changes nothing. Who is not signed in sees what is shown to everybody, and is told to sign in for all else. */
  shown(context: Context, right: Right): Promise<Shown>;
  shownRun(context: Context, right: Right): Promise<ShownRun>;
  /** What is shown to who holds the key of its badge, too. A key that is none opens nothing, whoever has it. */
  shownByKey(context: Context): Promise<Shown>;
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

  const nameIn = (context: Context): string => `${context.req.param('owner') ?? ''}/${context.req.param('repo') ?? ''}`;
  const runIn = async (context: Context): Promise<Run | null> => {
    const id = RunId.safeParse(context.req.param('id'));
    return id.success ? ((await readRun(documents, id.data))?.value ?? null) : null;
  };

  const ofRepository = async (context: Context, right: Right): Promise<OfRepository> => {
    const who = await identity(context);
    return await permitted(who, await access.byName(who, nameIn(context)), right);
  };
  const ofRun = async (context: Context, right: Right): Promise<OfRun> => {
    const who = await identity(context);
    const run = await runIn(context);
    if (run === null) return await refuse(who);
    return { ...(await permitted(who, await access.byId(who, run.repoId), right)), run };
  };

  /** Not for programs: they are to hear that a token is none, or is for less. */
  const orAnybody = async <Asked>(
    context: Context,
    right: Right,
    { known, anybody }: { readonly known: () => Promise<Asked>; readonly anybody: () => Promise<Asked | null> },
  ): Promise<Asked> => {
    try {
      return await known();
    } catch (error) {
      const isRefused = ['unauthenticated', 'not-found'].includes(errorCode(error));
      const isProgram = context.req.header('authorization') !== undefined;
      if (!isRefused || isProgram || right !== 'read') throw error;
      limits.look(clientAddress(context.req.header('x-forwarded-for')));
      const shown = await anybody();
      if (shown === null) throw error;
      context.set('isAnybody', true);
      return shown;
    }
  };

  const shown = async (context: Context, right: Right): Promise<Shown> =>
    await orAnybody<Shown>(context, right, {
      known: async () => await ofRepository(context, right),
      anybody: async () => {
        const repository = await readNamed(documents, nameIn(context));
        if (repository === null || !isShownToEverybody(repository)) return null;
        return { caller: null, repository: asAnybodySees(repository) };
      },
    });

  return {
    caller: identity,
    async self(context) {
      const who = await identity(context);
      return who.isPerson ? { caller: who, person: await access.person(who) } : await refuse(who);
    },
    repository: ofRepository,
    run: ofRun,
    shown,
    async shownByKey(context) {
      const key = context.req.query('key');
      if (key === undefined) return await shown(context, 'read');
      limits.look(clientAddress(context.req.header('x-forwarded-for')));
      const repository = await readNamed(documents, nameIn(context));
      if (repository?.badgeKey?.hash !== hashOf(key)) throw new YbError('not-found', 'no such key');
      return { caller: null, repository: asAnybodySees(repository) };
    },
    async shownRun(context, right) {
      return await orAnybody<ShownRun>(context, right, {
        known: async () => await ofRun(context, right),
        anybody: async () => {
          const run = await runIn(context);
          const repository = run === null ? null : await readRegistered(documents, run.repoId);
          if (run === null || repository === null || !isShownToEverybody(repository.value)) return null;
          return { caller: null, repository: asAnybodySees(repository.value), run };
        },
      });
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

/** As GitHub shows a public repository to who is nobody there. */
function asAnybodySees({ id, fullName, defaultBranch, customer, private: isPrivate }: Repository): PersonsRepository {
  const permissions = { pull: true, push: false, admin: false };
  return { id, fullName, defaultBranch, ownerId: customer, private: isPrivate, permissions };
}
