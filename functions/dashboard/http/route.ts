import type { Context } from 'hono';
import * as z from 'zod';
import { query } from './bodies.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import type { Caller, Right } from '../access/access.ts';
import type { Tell } from '../access/audit.ts';
import type { Gate, OfRepository, OfRun } from '../access/gate.ts';

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
  readonly needs: 'nothing' | 'sign-in' | Right;
  readonly subject: 'none' | 'repository' | 'run';
  /** What of a repository is changed; null for what changes nothing. */
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

/** What changes something says what, so that it is written down. */
type Doing =
  | { readonly method: 'GET'; readonly does?: undefined }
  | { readonly method: Exclude<Method, 'GET'>; readonly does: Deed };

type OfSubject = Where & Doing & { readonly needs: Right };

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
      const caller = gate.caller(context);
      checkQuery(context, where);
      return await answer(context, caller);
    },
  };
}

export function forRepository(
  where: OfSubject,
  answer: (context: Context, asked: OfRepository, tell: Tell) => Answer,
): Route {
  const { does = null, needs } = where;
  return {
    ...where,
    subject: 'repository',
    does,
    answer: async (context, gate) => {
      const asked = await gate.repository(context, needs);
      checkQuery(context, where);
      return await gate.noted(context, { asked, does }, async (tell) => await answer(context, asked, tell));
    },
  };
}

export function forRun(where: OfSubject, answer: (context: Context, asked: OfRun, tell: Tell) => Answer): Route {
  const { does = null, needs } = where;
  return {
    ...where,
    subject: 'run',
    does,
    answer: async (context, gate) => {
      const asked = await gate.run(context, needs);
      checkQuery(context, where);
      return await gate.noted(context, { asked, does }, async (tell) => await answer(context, asked, tell));
    },
  };
}
