import { Hono } from 'hono';
import * as z from 'zod';
import type { Wish } from '../access.ts';
import { notFound, validationFailed } from '../errors.ts';
import type { Hook, HookConfig, Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { hookConfigView, hookView } from '../views/hook.ts';
import { hookEvents } from './hook-events.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { type RouteContext, pageOf, readBody, requireCaller, requireRepository } from './request.ts';

export const readingHooks: Wish = { resource: 'webhooks', access: 'read', role: 'admin' };
export const writingHooks: Wish = { resource: 'webhooks', access: 'write', role: 'admin' };

/** GitHub takes so many hooks for one event of a repository. */
const maxHooks = 20;

const ConfigBody = z.object({
  url: z.string().optional(),
  content_type: z.enum(['json', 'form']).optional(),
  insecure_ssl: z
    .union([z.string(), z.number()])
    .transform((value) => (String(value) === '1' ? ('1' as const) : ('0' as const)))
    .optional(),
  secret: z.string().optional(),
});
type ConfigBody = z.output<typeof ConfigBody>;

const Events = z.array(z.string());
const CreateBody = z.object({
  name: z.literal('web').optional(),
  config: ConfigBody.default({}),
  events: Events.default(['push']),
  active: z.boolean().default(true),
});
const EditBody = z.object({
  config: ConfigBody.optional(),
  events: Events.optional(),
  add_events: Events.default([]),
  remove_events: Events.default([]),
  active: z.boolean().optional(),
});

/** The hook that a request names. @throws GitHubError 404 */
export function requireHook(parts: Parts, c: RouteContext, repository: Repository): Hook {
  const id = Number(c.req.param('hook'));
  const hook = parts.store.hooksOf(repository.id).find((candidate) => candidate.id === id);
  if (hook === undefined) throw notFound();
  return hook;
}

/** Webhooks of a repository, which its administrators see and change. */
export function hookRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
  const app = new Hono<RouteEnv>();
  const view = (repository: Repository, hook: Hook) => hookView({ urls, fullName: store.fullName(repository), hook });
  const now = (): string => toSeconds(parts.clock.now());

  app.get('/', (c) => {
    const repository = requireRepository(parts, c, readingHooks);
    return c.json(pageOf(parts, c, store.hooksOf(repository.id)).map((hook) => view(repository, hook)));
  });

  app.post('/', async (c) => {
    const repository = requireRepository(parts, c, writingHooks);
    const body = await readBody(c, CreateBody);
    const config = fullConfig(body.config);
    assertEvents(body.events);
    assertRoom(store.hooksOf(repository.id), config, body.events);
    const hook: Hook = {
      id: store.nextId(),
      repoId: repository.id,
      active: body.active,
      events: body.events,
      config,
      createdAt: now(),
      updatedAt: now(),
      lastResponse: { code: null, status: 'unused', message: null },
    };
    store.state.hooks.push(hook);
    await store.save();
    parts.events.ping(repository, hook, requireCaller(c).user);
    return c.json(view(repository, hook), 201);
  });

  app.get('/:hook', (c) => {
    const repository = requireRepository(parts, c, readingHooks);
    return c.json(view(repository, requireHook(parts, c, repository)));
  });

  app.patch('/:hook', async (c) => {
    const repository = requireRepository(parts, c, writingHooks);
    const hook = requireHook(parts, c, repository);
    const body = await readBody(c, EditBody);
    const events = [...new Set([...(body.events ?? hook.events), ...body.add_events])].filter(
      (event) => !body.remove_events.includes(event),
    );
    assertEvents(events);
    // Settings are replaced as a whole: a secret that is not named again is gone.
    if (body.config !== undefined) hook.config = fullConfig(body.config);
    hook.events = events;
    hook.active = body.active ?? hook.active;
    hook.updatedAt = now();
    await store.save();
    return c.json(view(repository, hook));
  });

  app.delete('/:hook', async (c) => {
    const repository = requireRepository(parts, c, writingHooks);
    const hook = requireHook(parts, c, repository);
    store.state.hooks = store.state.hooks.filter((candidate) => candidate !== hook);
    await parts.deliveries.forget([hook]);
    await store.save();
    return c.body(null, 204);
  });

  app.get('/:hook/config', (c) => {
    const repository = requireRepository(parts, c, readingHooks);
    return c.json(hookConfigView(requireHook(parts, c, repository).config));
  });

  app.patch('/:hook/config', async (c) => {
    const repository = requireRepository(parts, c, writingHooks);
    const hook = requireHook(parts, c, repository);
    const body = await readBody(c, ConfigBody);
    hook.config = fullConfig({ ...hook.config, ...body });
    hook.updatedAt = now();
    await store.save();
    return c.json(hookConfigView(hook.config));
  });

  app.post('/:hook/pings', (c) => {
    const repository = requireRepository(parts, c, readingHooks);
    parts.events.ping(repository, requireHook(parts, c, repository), requireCaller(c).user);
    return c.body(null, 204);
  });

  // GitHub documents `tests` and names `test` in a hook's `test_url`.
  app.on('POST', ['/:hook/tests', '/:hook/test'], async (c) => {
    const repository = requireRepository(parts, c, readingHooks);
    await parts.events.resendPush(repository, requireHook(parts, c, repository));
    return c.body(null, 204);
  });

  return app;
}

function fullConfig(body: ConfigBody): HookConfig {
  const fail = (message: string) => validationFailed({ resource: 'Hook', code: 'custom', message });
  if (body.url === undefined || body.url === '') throw fail('Config must contain URL for webhooks');
  const url = URL.parse(body.url);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw fail('Config Url is not valid');
  return {
    url: body.url,
    content_type: body.content_type ?? 'form',
    insecure_ssl: body.insecure_ssl ?? '0',
    ...(body.secret === undefined || body.secret === '' ? {} : { secret: body.secret }),
  };
}

function assertEvents(events: readonly string[]): void {
  const unknown = events.filter((event) => event !== '*' && !hookEvents.has(event));
  if (unknown.length > 0) {
    const message = `The following events are invalid: ${unknown.slice(0, 5).join(', ')}`;
    throw validationFailed({ resource: 'Hook', code: 'custom', field: 'events', message });
  }
}

function assertRoom(hooks: readonly Hook[], config: HookConfig, events: readonly string[]): void {
  const fail = (message: string) => validationFailed({ resource: 'Hook', code: 'custom', message });
  if (hooks.some((hook) => hook.config.url === config.url && hook.config.content_type === config.content_type)) {
    throw fail('Hook already exists on this repository');
  }
  for (const event of events) {
    if (hooks.filter((hook) => hook.events.includes(event)).length >= maxHooks) {
      throw fail(`The "${event}" event cannot have more than ${String(maxHooks)} hooks`);
    }
  }
}
