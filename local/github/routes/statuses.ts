import { Hono } from 'hono';
import * as z from 'zod';
import type { Wish } from '../access.ts';
import { GitHubError, type FieldError, validationFailed } from '../errors.ts';
import { isSha } from '../git/repositories.ts';
import { CommitState, type Status } from '../state.ts';
import { toSeconds } from '../time.ts';
import { statusView } from '../views/status.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { readBody, requireCaller, requireRepository } from './request.ts';

const writingStatuses: Wish = { resource: 'statuses', access: 'write', role: 'push' };
export const readingStatuses: Wish = { resource: 'statuses', access: 'read', role: 'pull' };

/** GitHub takes so many statuses for one commit and context. */
const maxStatuses = 1000;
const maxDescription = 140;
const maxContext = 255;

const Body = z.object({
  state: z.string().optional(),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
  context: z.string().nullish(),
});

/** The key under which the statuses of a commit are kept. */
export function statusKey(repoId: number, sha: string): string {
  return `${String(repoId)}/${sha}`;
}

/** Setting the status of a commit. */
export function statusRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories, urls } = parts;
  const app = new Hono<RouteEnv>();

  app.post('/:sha', async (c) => {
    const repository = requireRepository(parts, c, writingStatuses);
    const { user } = requireCaller(c);
    const sha = c.req.param('sha').toLowerCase();
    const body = await readBody(c, Body);
    const context = body.context ?? 'default';
    const state = CommitState.safeParse(body.state);
    const errors = wrongFields({ ...body, context, known: state.success });
    if (errors.length > 0 || !state.success) throw validationFailed(...errors);
    const key = statusKey(repository.id, sha);
    // Who has a status exists: nothing is ever taken out of a repository.
    const known =
      key in store.state.statuses || (isSha(sha) && (await repositories.objectType(repository.id, sha)) === 'commit');
    if (!known) throw new GitHubError(422, `No commit found for SHA: ${sha}`);
    const statuses = (store.state.statuses[key] ??= []);
    if (statuses.filter((status) => status.context === context).length >= maxStatuses) {
      throw validationFailed(wrong(undefined, 'This SHA and context has reached the maximum number of statuses.'));
    }
    const status: Status = {
      id: store.nextId(),
      state: state.data,
      context,
      description: body.description ?? null,
      targetUrl: body.target_url ?? null,
      creatorId: user.id,
      createdAt: toSeconds(parts.clock.now()),
    };
    statuses.push(status);
    await store.save();
    return c.json(statusView({ urls, fullName: store.fullName(repository), sha, creator: user }, status), 201);
  });

  return app;
}

function wrong(field: string | undefined, message: string): FieldError {
  return { resource: 'Status', code: 'custom', ...(field === undefined ? {} : { field }), message };
}

function wrongFields(
  body: z.output<typeof Body> & { readonly context: string; readonly known: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const length = (text: string): number => Array.from(text).length;
  if (!body.known) errors.push(wrong('state', 'state is not included in the list'));
  if (length(body.description ?? '') > maxDescription) {
    errors.push(wrong('description', `description is too long (maximum is ${String(maxDescription)} characters)`));
  }
  if (length(body.context) > maxContext) {
    errors.push(wrong('context', `context is too long (maximum is ${String(maxContext)} characters)`));
  }
  if (body.target_url !== undefined && body.target_url !== null && !/^https?:\/\//i.test(body.target_url)) {
    errors.push(wrong('target_url', 'target_url must use http(s) scheme'));
  }
  return errors;
}
