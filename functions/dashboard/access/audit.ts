import type { Context } from 'hono';
import { errorCode } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import type { Random } from '../../../shared/outside/random.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import { beginEntry, endEntry } from '../../../shared/store/audit.ts';
import type { Caller } from './identity.ts';
import { clientAddress } from './client-address.ts';
import type { Person } from '../../../shared/outside/github.ts';

/** A change while it is made. */
export interface Change {
  readonly by: Person;
  /** Says what is changed, once it is known; at most {@link longest} characters count, and nothing secret is in it. */
  tell(about: string): void;
}

/** What was asked for, and may be changed. */
export type Changing<Asked> = Asked & { readonly change: Change };

/**
 * Whoever changes something is written down before it is changed, so that nothing is without an entry, and how it ended after. The
 * change is made even where the end cannot be written: then the entry says that nobody knows.
 */
export interface Audit {
  /** @throws what `act` does, and YbError `store-unavailable` before it where nothing can be written */
  noted(
    what: {
      readonly context: Context;
      readonly caller: Caller;
      readonly by: Person;
      /** The path of the repository or the person whose trail it is. */
      readonly of: string;
      readonly deed: Deed;
      /** Told where the end could not be written. */
      readonly unwritten: () => void;
    },
    act: (change: Change) => Response | Promise<Response>,
  ): Promise<Response>;
}

const idBytes = 6;
const longest = 300;

export function createAudit(options: {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly random: Random;
}): Audit {
  const { documents, clock, random } = options;
  return {
    async noted({ context, caller, by, of, deed, unwritten }, act) {
      const begun = await beginEntry(documents, of, {
        at: clock.now(),
        by: { id: by.id, login: by.login },
        through: caller.through,
        from: clientAddress(context.req.header('x-forwarded-for')),
        deed,
        about: null,
        random: random.bytes(idBytes),
      });
      const told: { about: string | null } = { about: null };
      const end = async (result: string): Promise<void> => {
        await endEntry(documents, begun, { about: told.about, result }).catch(unwritten);
      };
      try {
        const tell = (about: string): void => {
          told.about = about.slice(0, longest).toWellFormed();
        };
        const response = await act({ by, tell });
        await end('done');
        return response;
      } catch (error) {
        await end(errorCode(error));
        throw error;
      }
    },
  };
}
