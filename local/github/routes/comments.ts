import { Hono } from 'hono';
import * as z from 'zod';
import { reading } from '../access.ts';
import { type FieldError, validationFailed } from '../errors.ts';
import type { CommitComment, Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { commentView } from '../views/comment.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { ownerOf, pageOf, readBody, requireCaller, requireCommit, requireRepository } from './request.ts';

const maxBody = 65_536;
const Body = z.object({ body: z.string() });

/** What people say about commits: whoever may read the code may say something. */
export function commentRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
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

  app.get('/comments', (c) => {
    const repository = requireRepository(parts, c, reading);
    return c.json(pageOf(parts, c, store.commentsOf(repository.id)).map((comment) => viewOf(repository, comment)));
  });

  app.get('/commits/:sha/comments', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const sha = await requireCommit(parts, repository, c.req.param('sha'));
    const ofCommit = store.commentsOf(repository.id).filter((comment) => comment.sha === sha);
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
    const sha = await requireCommit(parts, repository, c.req.param('sha'));
    const comment = { id: store.nextId(), sha, body, userId: user.id, createdAt: toSeconds(parts.clock.now()) };
    (store.state.comments[String(repository.id)] ??= []).push(comment);
    await store.save();
    return c.json(viewOf(repository, comment), 201);
  });

  return app;
}
