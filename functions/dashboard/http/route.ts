import type { Context } from 'hono';
import * as z from 'zod';
import { query } from './bodies.ts';
import type { Caller, Right } from '../access/access.ts';
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
  readonly answer: (context: Context, gate: Gate) => Promise<Response>;
}

interface Where {
  readonly method: Method;
  readonly path: string;
  readonly face: Face;
  /** What may stand after the question mark; for programs nothing else. */
  readonly query?: z.ZodType;
}

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
    answer: async (context, gate) => {
      const caller = gate.caller(context);
      checkQuery(context, where);
      return await answer(context, caller);
    },
  };
}

export function forRepository(
  where: Where & { readonly needs: Right },
  answer: (context: Context, asked: OfRepository) => Answer,
): Route {
  return {
    ...where,
    subject: 'repository',
    answer: async (context, gate) => {
      const asked = await gate.repository(context, where.needs);
      checkQuery(context, where);
      return await answer(context, asked);
    },
  };
}

export function forRun(
  where: Where & { readonly needs: Right },
  answer: (context: Context, asked: OfRun) => Answer,
): Route {
  return {
    ...where,
    subject: 'run',
    answer: async (context, gate) => {
      const asked = await gate.run(context, where.needs);
      checkQuery(context, where);
      return await answer(context, asked);
    },
  };
}
