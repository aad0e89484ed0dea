import { Hono } from 'hono';
import * as z from 'zod';
import { reading } from '../access.ts';
import { type FieldError, GitHubError, validationFailed } from '../errors.ts';
import type { CommitComment, Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { commentView } from '../views/comment.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { type RouteContext, ownerOf, pageOf, readBody, requireCaller, requireRepository } from './request.ts';

const maxBody = 65_536;
const Body = z.object({ body: z.string() });

/** What people say about commits: whoever may read the code may say something. */
export function commentRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories, urls } = parts;
  const app = new Hono<RouteEnv>();

  const viewOf = (repository: Repository, comment: CommitComment) =>
    commentView(
      {
        urls,
        fullName: store.fullName(repository),
        repository,
        author: store.userById(comment.userId) ?? ownerOf(store, repository),
      },
      comment,
    );
  const commitOf = async (c: RouteContext, repository: Repository): Promise<string> => {
    const name = c.req.param('sha') ?? '';
    const sha = await repositories.resolveCommit(repository.id, name);
    if (sha === null) throw new GitHubError(422, `No commit found for SHA: ${name}`);
    return sha;
  };

  app.get('/comments', (c) => {
    const repository = requireRepository(parts, c, reading);
    const all = store.state.comments[String(repository.id)] ?? [];
    return c.json(pageOf(parts, c, all).map((comment) => viewOf(repository, comment)));
  });

  app.get('/commits/:sha/comments', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const sha = await commitOf(c, repository);
    const ofCommit = (store.state.comments[String(repository.id)] ?? []).filter((comment) => comment.sha === sha);
    return c.json(pageOf(parts, c, ofCommit).map((comment) => viewOf(repository, comment)));
  });

  app.post('/commits/:sha/comments', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const { user } = requireCaller(c);
    const { body } = await readBody(c, Body);
    const wrong = (message: string): FieldError => ({
      resource: 'CommitComment',
      code: 'custom',
      field: 'body',
      message,
    });
    if (body.trim() === '') throw validationFailed(wrong("body can't be blank"));
    if (body.length > maxBody)
      throw validationFailed(wrong(`body is too long (maximum is ${String(maxBody)} characters)`));
    const sha = await commitOf(c, repository);
    const comment = { id: store.nextId(), sha, body, userId: user.id, createdAt: toSeconds(parts.clock.now()) };
    (store.state.comments[String(repository.id)] ??= []).push(comment);
    await store.save();
    return c.json(viewOf(repository, comment), 201);
  });

  return app;
}
