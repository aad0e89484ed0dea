import type { Context } from 'hono';
import * as z from 'zod';
import { jsonBody, jsonBodyIfSent, query } from './bodies.ts';
import type { Deed } from '../../../shared/repository/audit.ts';
import { isTagged, type Operation } from '../../../shared/api/operation.ts';
import type { Right } from '../../../shared/person/person.ts';
import { apiBase } from '../../../shared/links.ts';
import type { Changing } from '../access/audit.ts';
import type { Gate, OfRepository, OfRun, OfSelf, Shown, ShownRun } from '../access/gate.ts';
import type { Caller } from '../access/identity.ts';

type Method = Operation['method'];

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
  /** Whether what it answers has a tag, by which who has it already is not sent it again. */
  readonly tagged?: boolean;
  readonly answer: (context: Context, gate: Gate) => Promise<Response>;
}

interface Where {
  readonly method: Method;
  readonly path: string;
  readonly face: Face;
  /** What may stand after the question mark; for programs nothing else. */
  readonly query?: z.ZodObject;
  /** Of a program's request: forms are read by whoever shows them. */
  readonly body?: z.ZodObject;
  readonly mayBeEmpty?: true;
  readonly tagged?: boolean;
}

/** Shows something. */
type Reads = Where & { readonly method: 'GET' };
type Reading = Reads & { readonly needs: Right };
/** Changes something, and says what, so that it is written down. */
type Does = Where & { readonly method: Exclude<Method, 'GET'>; readonly does: Deed };
type Changes = Does & { readonly needs: Right };

type WithQuery<Query extends z.ZodObject> = Reading & { readonly query: Query };
type WithBody<Body extends z.ZodObject> = { readonly body: Body };

/** Where programs ask for something of the API's table. */
export function at<const Of extends Operation>(operation: Of): Of & { readonly face: 'api'; readonly tagged: boolean } {
  return { ...operation, path: `${apiBase}${operation.path}`, face: 'api', tagged: isTagged(operation) };
}

const nothing = z.strictObject({});

/**
 * What was asked after the question mark. People's links may carry anything; a program that asks for what is not there is told so.
 * @throws YbError `bad-request`
 */
function askedOf(context: Context, { face, query: schema }: Where): unknown {
  if (schema !== undefined) return query(context, schema);
  return face === 'api' ? query(context, nothing) : undefined;
}

/** @throws YbError as {@link jsonBody} does */
async function sentWith(context: Context, { body, mayBeEmpty }: Where): Promise<unknown> {
  if (body === undefined) return undefined;
  return mayBeEmpty === true ? await jsonBodyIfSent(context, body) : await jsonBody(context, body);
}

/** What was asked for, with what stands after the question mark. */
export function pathIn(context: Context): string {
  const { pathname, search } = new URL(context.req.url);
  return `${pathname}${search}`;
}

type Answer = Response | Promise<Response>;

/** Who may is looked at first, then what was asked for. */
function reads<Admitted>(
  where: Where,
  admit: (context: Context, gate: Gate) => Promise<Admitted>,
  answer: (context: Context, admitted: Admitted, query: unknown) => Answer,
): Pick<Route, 'does' | 'answer'> {
  return {
    does: null,
    answer: async (context, gate) => {
      const admitted = await admit(context, gate);
      return await answer(context, admitted, askedOf(context, where));
    },
  };
}

/** The same, and what is changed is written down, also where what was sent cannot be read. */
function changes<Admitted extends OfRepository | OfSelf>(
  where: Does,
  admit: (context: Context, gate: Gate) => Promise<Admitted>,
  answer: (context: Context, admitted: Changing<Admitted>, sent: unknown) => Answer,
): Pick<Route, 'does' | 'answer'> {
  const { does } = where;
  return {
    does,
    answer: async (context, gate) => {
      const asked = await admit(context, gate);
      askedOf(context, where);
      return await gate.noted(
        context,
        { asked, does },
        async (change) => await answer(context, { ...asked, change }, await sentWith(context, where)),
      );
    },
  };
}

export function open(where: Where, answer: (context: Context) => Answer): Route {
  const anybody = async (): Promise<null> => await Promise.resolve(null);
  return { ...where, needs: 'nothing', subject: 'none', ...reads(where, anybody, answer) };
}

export function forPerson(where: Reads, answer: (context: Context, caller: Caller) => Answer): Route {
  const admit = async (context: Context, gate: Gate): Promise<Caller> => await gate.caller(context);
  return { ...where, needs: 'sign-in', subject: 'none', ...reads(where, admit, answer) };
}

const self = async (context: Context, gate: Gate): Promise<OfSelf> => await gate.self(context);

/** For the person themselves: their sessions and tokens. */
export function forSelf(where: Reads, answer: (context: Context, asked: OfSelf) => Answer): Route {
  return { ...where, needs: 'self', subject: 'self', ...reads(where, self, answer) };
}

export function changesSelf<Body extends z.ZodObject>(
  where: Does & WithBody<Body>,
  answer: (context: Context, asked: Changing<OfSelf>, sent: z.output<Body>) => Answer,
): Route;
export function changesSelf(where: Does, answer: (context: Context, asked: Changing<OfSelf>) => Answer): Route;
export function changesSelf(
  where: Does,
  answer: (context: Context, asked: Changing<OfSelf>, sent: unknown) => Answer,
): Route {
  return { ...where, needs: 'self', subject: 'self', ...changes(where, self, answer) };
}

export function forRepository<Query extends z.ZodObject>(
  where: WithQuery<Query>,
  answer: (context: Context, asked: Shown, query: z.output<Query>) => Answer,
): Route;
export function forRepository(where: Reading, answer: (context: Context, asked: Shown) => Answer): Route;
export function forRepository(
  where: Reading,
  answer: (context: Context, asked: Shown, query: unknown) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<Shown> => await gate.shown(context, where.needs);
  return { ...where, subject: 'repository', ...reads(where, admit, answer) };
}

/** For whoever may read it, and for whoever holds the key of its badge. */
export function forKeyHolder(where: Reading, answer: (context: Context, asked: Shown) => Answer): Route {
  const admit = async (context: Context, gate: Gate): Promise<Shown> => await gate.shownByKey(context);
  return { ...where, subject: 'repository', ...reads(where, admit, answer) };
}

export function changesRepository<Body extends z.ZodObject>(
  where: Changes & WithBody<Body>,
  answer: (context: Context, asked: Changing<OfRepository>, sent: z.output<Body>) => Answer,
): Route;
export function changesRepository(
  where: Changes,
  answer: (context: Context, asked: Changing<OfRepository>) => Answer,
): Route;
export function changesRepository(
  where: Changes,
  answer: (context: Context, asked: Changing<OfRepository>, sent: unknown) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<OfRepository> =>
    await gate.repository(context, where.needs);
  return { ...where, subject: 'repository', ...changes(where, admit, answer) };
}

export function forRun<Query extends z.ZodObject>(
  where: WithQuery<Query>,
  answer: (context: Context, asked: ShownRun, query: z.output<Query>) => Answer,
): Route;
export function forRun(where: Reading, answer: (context: Context, asked: ShownRun) => Answer): Route;
export function forRun(where: Reading, answer: (context: Context, asked: ShownRun, query: unknown) => Answer): Route {
  const admit = async (context: Context, gate: Gate): Promise<ShownRun> => await gate.shownRun(context, where.needs);
  return { ...where, subject: 'run', ...reads(where, admit, answer) };
}

export function changesRun<Body extends z.ZodObject>(
  where: Changes & WithBody<Body>,
  answer: (context: Context, asked: Changing<OfRun>, sent: z.output<Body>) => Answer,
): Route;
export function changesRun(where: Changes, answer: (context: Context, asked: Changing<OfRun>) => Answer): Route;
export function changesRun(
  where: Changes,
  answer: (context: Context, asked: Changing<OfRun>, sent: unknown) => Answer,
): Route {
  const admit = async (context: Context, gate: Gate): Promise<OfRun> => await gate.run(context, where.needs);
  return { ...where, subject: 'run', ...changes(where, admit, answer) };
}
