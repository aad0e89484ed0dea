import type { Context } from 'hono';
import type * as z from 'zod';
import { describeIssues } from '../../../shared/json.ts';
import { type Wish, assertAllowed } from '../access.ts';
import type { Caller } from '../caller.ts';
import { GitHubError, authenticationRequired, invalidRequest, notFound } from '../errors.ts';
import type { Repository, User } from '../state.ts';
import type { Store } from '../store.ts';
import type { CommitViewOptions } from '../views/commit.ts';
import type { Parts, RouteEnv } from './parts.ts';

export type RouteContext = Context<RouteEnv>;

/** @throws GitHubError 401 for a request without a token */
export function requireCaller(c: RouteContext): Caller {
  const caller = c.get('caller');
  if (caller === null) throw authenticationRequired();
  return caller;
}

/**
 * The repository that a request names, by owner and name or by number.
 * @throws GitHubError if there is none, it has another name now, or the caller may not do what the request does
 */
export function requireRepository(parts: Parts, c: RouteContext, wish: Wish): Repository {
  const id = c.req.param('id');
  const name = `${c.req.param('owner') ?? ''}/${c.req.param('repo') ?? ''}`;
  const { store } = parts;
  const current = id === undefined ? store.repositoryByName(name) : store.repositoryById(Number(id));
  const former = current === undefined && id === undefined ? store.repositoryByFormerName(name) : undefined;
  const repository = current ?? former;
  if (repository === undefined) throw notFound();
  assertAllowed({ store, repository, caller: c.get('caller'), wish });
  if (former !== undefined) {
    const rest = c.req.path.split('/').slice(4);
    const query = new URL(c.req.url).search;
    const location = [`${parts.urls.api}/repositories/${String(former.id)}`, ...rest].join('/') + query;
    throw new GitHubError(301, 'Moved Permanently', { location });
  }
  return repository;
}

export function ownerOf(store: Store, repository: Repository): User {
  const owner = store.userById(repository.ownerId);
  if (owner === undefined) throw notFound();
  return owner;
}

/** The commit that a name means: of a ref, or a SHA. @throws GitHubError 422 if there is none */
export async function requireCommit({ repositories }: Parts, repository: Repository, name: string): Promise<string> {
  const sha = await repositories.resolveCommit(repository.id, name);
  if (sha === null) throw new GitHubError(422, `No commit found for SHA: ${name}`);
  return sha;
}

/** What views of commits of this repository are made of. */
export function commitOptions(parts: Parts, repository: Repository): CommitViewOptions {
  return { urls: parts.urls, fullName: parts.store.fullName(repository), users: parts.store.state.users };
}

/** The part of the path behind `count` segments of the repository's own, decoded: names of refs and files have slashes. */
export function restOfPath(c: RouteContext, count: number): string {
  const own = c.req.param('id') === undefined ? 4 : 3;
  const rest = c.req.path
    .split('/')
    .slice(own + count)
    .join('/');
  try {
    return decodeURIComponent(rest);
  } catch {
    throw notFound();
  }
}

/**
 * Reads a JSON body; no body counts as an empty object.
 * @throws GitHubError 400 for what is not a JSON object, 422 for one that does not fit
 */
export async function readBody<Schema extends z.ZodType>(c: RouteContext, schema: Schema): Promise<z.output<Schema>> {
  const text = await c.req.text();
  let value: unknown = {};
  try {
    if (text !== '') value = JSON.parse(text);
  } catch {
    throw new GitHubError(400, 'Problems parsing JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GitHubError(400, 'Body should be a JSON object');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalidRequest(describeIssues(parsed.error));
  return parsed.data;
}

/** Which page of a list is asked for. */
export interface Page {
  readonly page: number;
  readonly perPage: number;
}

export function readPage(c: RouteContext): Page {
  const number = (name: string, otherwise: number): number => {
    const value = Number.parseInt(c.req.query(name) ?? '', 10);
    return Number.isNaN(value) || value < 1 ? otherwise : value;
  };
  return { page: number('page', 1), perPage: Math.min(number('per_page', 30), 100) };
}

/** Cuts the asked page out of a list and tells of the others in the header `Link`. */
export function pageOf<Item>(parts: Parts, c: RouteContext, all: readonly Item[]): Item[] {
  const { page, perPage } = readPage(c);
  linkPages(parts, c, { page, last: Math.max(1, Math.ceil(all.length / perPage)) });
  return all.slice((page - 1) * perPage, page * perPage);
}

/** Sets the header `Link` of a list that is told by pages. */
export function linkPages(parts: Parts, c: RouteContext, { page, last }: { page: number; last: number }): void {
  const relations: (readonly [string, number])[] = [
    ...(page > 1 ? ([['prev', Math.min(page - 1, last)]] as const) : []),
    ...(page < last
      ? ([
          ['next', page + 1],
          ['last', last],
        ] as const)
      : []),
    ...(page > 1 ? ([['first', 1]] as const) : []),
  ];
  const links = relations.map(([relation, target]) => linkTo(parts, c, { page: String(target) }, relation));
  if (links.length > 0) c.header('Link', links.join(', '));
}

/** One entry of the header `Link`: the same request with other parameters. */
export function linkTo(
  parts: Parts,
  c: RouteContext,
  parameters: Readonly<Record<string, string>>,
  relation: string,
): string {
  const { pathname, search } = new URL(c.req.url);
  const url = new URL(`${parts.urls.api}${pathname}${search}`);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return `<${url.href}>; rel="${relation}"`;
}
