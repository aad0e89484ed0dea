import type { Context } from 'hono';
import * as z from 'zod';
import { query } from './bodies.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import type { Right } from '../access/access.ts';
import type { Changing } from '../access/audit.ts';
import type { Gate, OfRepository, OfRun, OfSelf } from '../access/gate.ts';
import type { Caller } from '../access/identity.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who is told how: programs get problems, people get pages and are sent to the sign-in. */
export type Face = 'api' | 'page';

/**
 * One line of the table of routes: what is asked for, who may, and who answers. The same table makes the application and
 * the test of its rights, so that no route can be forgotten in either.
 */
export interface Route {
  readonly method: Method;
  /** Hono's pattern. */
  readonly path: string;
  readonly face: Face;
  readonly needs: 'nothing' | 'sign-in' | 'self' | Right;
  readonly subject: 'none' | 'self' | 'repository' | 'run';
  /** What is changed; null for what changes nothing. */
  readonly does: Deed | null;
  readonly answer: (context: Context, gate: Gate) => Promise<Response>;
}

interface Where {
  readonly method: Method;
  readonly path: string;
  readonly face: Face;
  /** What may stand after the question mark; for programs nothing else. */
  readonly query?: z.ZodType;
}

/** Shows something. */
type Reading = Where & { readonly method: 'GET'; readonly needs: Right };
/** Changes something, and says what, so that it is written down. */
type Does = Where & { readonly method: Exclude<Method, 'GET'>; readonly does: Deed };
type Changes = Does & { readonly needs: Right };

const nothing = z.strictObject({});

/** People's links may carry anything; a program that asks for what is not there is told so. @throws YbError `bad-request` */
function checkQuery(context: Context, { face, query: asked = nothing }: Where): void {
  if (face === 'api') query(context, asked);
}

type Answer = Response | Promise<Response>;

export function open(where: Where, answer: (context: Context) => Answer): Route {
  return {
    ...where,
    needs: 'nothing',
    subject: 'none',
    does: null,
    answer: async (context) => {
      checkQuery(context, where);
      return await answer(context);
    },
  };
}

export function forPerson(where: Where, answer: (context: Context, caller: Caller) => Answer): Route {
  return {
    ...where,
    needs: 'sign-in',
    subject: 'none',
    does: null,
    answer: async (context, gate) => {
      const caller = await gate.caller(context);
      checkQuery(context, where);
      return await answer(context, caller);
    },
  };
}

/** For the person themselves: their sessions and tokens. */
export function forSelf(
  where: Where & { readonly method: 'GET' },
  answer: (context: Context, asked: OfSelf) => Answer,
): Route {
  return {
    ...where,
    needs: 'self',
    subject: 'self',
    does: null,
    answer: async (context, gate) => {
      const asked = await gate.self(context);
      checkQuery(context, where);
      return await answer(context, asked);
    },
  };
}

export function changesSelf(where: Does, answer: (context: Context, asked: Changing<OfSelf>) => Answer): Route {
  return {
    ...where,
    needs: 'self',
    subject: 'self',
    answer: async (context, gate) => {
      const asked = await gate.self(context);
      checkQuery(context, where);
      const { does } = where;
      return await gate.noted(context, { asked, does }, async (change) => await answer(context, { ...asked, change }));
    },
  };
}

export function forRepository(where: Reading, answer: (context: Context, asked: OfRepository) => Answer): Route {
  return {
    ...where,
    subject: 'repository',
    does: null,
    answer: async (context, gate) => {
      const asked = await gate.repository(context, where.needs);
      checkQuery(context, where);
      return await answer(context, asked);
    },
  };
}

export function forRun(where: Reading, answer: (context: Context, asked: OfRun) => Answer): Route {
  return {
    ...where,
    subject: 'run',
    does: null,
    answer: async (context, gate) => {
      const asked = await gate.run(context, where.needs);
      checkQuery(context, where);
      return await answer(context, asked);
    },
  };
}

export function changesRepository(
  where: Changes,
  answer: (context: Context, asked: Changing<OfRepository>) => Answer,
): Route {
  return {
    ...where,
    subject: 'repository',
    answer: async (context, gate) => {
      const asked = await gate.repository(context, where.needs);
      checkQuery(context, where);
      const { does } = where;
      return await gate.noted(context, { asked, does }, async (change) => await answer(context, { ...asked, change }));
    },
  };
}

export function changesRun(where: Changes, answer: (context: Context, asked: Changing<OfRun>) => Answer): Route {
  return {
    ...where,
    subject: 'run',
    answer: async (context, gate) => {
      const asked = await gate.run(context, where.needs);
      checkQuery(context, where);
      const { does } = where;
      return await gate.noted(context, { asked, does }, async (change) => await answer(context, { ...asked, change }));
    },
  };
}
