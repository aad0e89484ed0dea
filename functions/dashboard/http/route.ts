import type { Context } from 'hono';
import * as z from 'zod';
import { query } from './bodies.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import type { Right } from '../access/access.ts';
import type { Changing } from '../access/audit.ts';
import type { Gate, OfRepository, OfRun, OfSelf, Shown, ShownRun } from '../access/gate.ts';
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
}

/** What may stand after the question mark; for programs nothing else. */
interface Asks<Query extends z.ZodType = z.ZodType> {
  readonly query: Query;
}

/** Shows something. */
type Reading = Where & { readonly method: 'GET'; readonly needs: Right };
/** Changes something, and says what, so that it is written down. */
type Does = Where & { readonly method: Exclude<Method, 'GET'>; readonly does: Deed };
type Changes = Does & { readonly needs: Right };

const nothing = z.strictObject({});

/**
 * What was asked after the question mark. People's links may carry anything; a program that asks for what is not there is told so.
 * @throws YbError `bad-request`
 */
function askedOf(context: Context, { face, query: schema }: Where & Partial<Asks>): unknown {
  if (schema !== undefined) return query(context, schema);
  return face === 'api' ? query(context, nothing) : {};
}

/** What was asked for, with what stands after the question mark. */
export function pathIn(context: Context): string {
  const { pathname, search } = new URL(context.req.url);
  return `${pathname}${search}`;
}

type Answer = Response | Promise<Response>;

/** Who may is looked at first, then what was asked for. */
function reads<Asked>(
  where: Where & Partial<Asks>,
  admit: (context: Context, gate: Gate) => Promise<Asked>,
  answer: (context: Context, asked: Asked, query: unknown) => Answer,
): Pick<Route, 'does' | 'answer'> {
  return {
    does: null,
    answer: async (context, gate) => {
      const asked = await admit(context, gate);
      return await answer(context, asked, askedOf(context, where));
    },
  };
}

/** The same, and what is changed is written down. */
function changes<Asked extends OfRepository | OfSelf>(
  where: Does,
  admit: (context: Context, gate: Gate) => Promise<Asked>,
  answer: (context: Context, asked: Changing<Asked>) => Answer,
): Pick<Route, 'does' | 'answer'> {
  const { does } = where;
  return {
    does,
    answer: async (context, gate) => {
      const asked = await admit(context, gate);
      askedOf(context, where);
      return await gate.noted(context, { asked, does }, async (change) => await answer(context, { ...asked, change }));
    },
  };
}

export function open(where: Where, answer: (context: Context) => Answer): Route {
  const anybody = async (): Promise<null> => await Promise.resolve(null);
  return { ...where, needs: 'nothing', subject: 'none', ...reads(where, anybody, answer) };
}

export function forPerson(where: Where, answer: (context: Context, caller: Caller) => Answer): Route {
  const admit = async (context: Context, gate: Gate): Promise<Caller> => await gate.caller(context);
  return { ...where, needs: 'sign-in', subject: 'none', ...reads(where, admit, answer) };
}

const self = async (context: Context, gate: Gate): Promise<OfSelf> => await gate.self(context);

/** For the person themselves: their sessions and tokens. */
export function forSelf(
  where: Where & { readonly method: 'GET' },
  answer: (context: Context, asked: OfSelf) => Answer,
): Route {
  return { ...where, needs: 'self', subject: 'self', ...reads(where, self, answer) };
}

export function changesSelf(where: Does, answer: (context: Context, asked: Changing<OfSelf>) => Answer): Route {
  return { ...where, needs: 'self', subject: 'self', ...changes(where, self, answer) };
}

export function forRepository(where: Reading, answer: (context: Context, asked: Shown) => Answer): Route;
export function forRepository<Query extends z.ZodType>(
  where: Reading & Asks<Query>,
  answer: (context: Context, asked: Shown, query: z.output<Query>) => Answer,
): Route;
export function forRepository(
  where: Reading & Partial<Asks>,
  answer: (context: Context, asked: Shown, query: unknown) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<Shown> => await gate.shown(context, where.needs);
  return { ...where, subject: 'repository', ...reads(where, admit, answer) };
}

export function changesRepository(
  where: Changes,
  answer: (context: Context, asked: Changing<OfRepository>) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<OfRepository> =>
    await gate.repository(context, where.needs);
  return { ...where, subject: 'repository', ...changes(where, admit, answer) };
}

export function forRun(where: Reading, answer: (context: Context, asked: ShownRun) => Answer): Route;
export function forRun<Query extends z.ZodType>(
  where: Reading & Asks<Query>,
  answer: (context: Context, asked: ShownRun, query: z.output<Query>) => Answer,
): Route;
export function forRun(
  where: Reading & Partial<Asks>,
  answer: (context: Context, asked: ShownRun, query: unknown) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<ShownRun> => await gate.shownRun(context, where.needs);
  return { ...where, subject: 'run', ...reads(where, admit, answer) };
}

export function changesRun(where: Changes, answer: (context: Context, asked: Changing<OfRun>) => Answer): Route {
  const admit = async (context: Context, gate: Gate): Promise<OfRun> => await gate.run(context, where.needs);
  return { ...where, subject: 'run', ...changes(where, admit, answer) };
}
