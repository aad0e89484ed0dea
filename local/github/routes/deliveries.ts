import { Hono } from 'hono';
import * as z from 'zod';
import { parseJson } from '../../../shared/json.ts';
import { invalidRequest, notFound } from '../errors.ts';
import type { Delivery, Hook } from '../state.ts';
import { deliveryItemView, deliveryView } from '../views/hook.ts';
import { readingHooks, requireHook, writingHooks } from './hooks.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { type RouteContext, linkTo, readPage, requireRepository } from './request.ts';

/** What was delivered to a hook, and how it went; newest first. */
export function deliveryRoutes(parts: Parts): Hono<RouteEnv> {
  const { store } = parts;
  const app = new Hono<RouteEnv>();

  const requireDelivery = (c: RouteContext, hook: Hook): Delivery => {
    const id = Number(c.req.param('delivery'));
    const delivery = store.state.deliveries.find((candidate) => candidate.id === id && candidate.hookId === hook.id);
    if (delivery === undefined) throw notFound();
    return delivery;
  };

  app.get('/', (c) => {
    const hook = requireHook(parts, c, requireRepository(parts, c, readingHooks));
    const { perPage } = readPage(c);
    const before = readCursor(c.req.query('cursor'));
    const outcome = c.req.query('status');
    const found = store.state.deliveries
      .filter((delivery) => delivery.hookId === hook.id && delivery.id < before)
      .filter(({ status }) => outcome === undefined || (outcome === 'success') === (status === 'OK'))
      .sort((one, other) => other.id - one.id);
    const page = found.slice(0, perPage);
    const last = page.at(-1);
    if (last !== undefined && found.length > perPage) {
      c.header('Link', linkTo(parts, c, { cursor: `v1_${String(last.id)}` }, 'next'));
    }
    return c.json(page.map(deliveryItemView));
  });

  app.get('/:delivery', async (c) => {
    const hook = requireHook(parts, c, requireRepository(parts, c, readingHooks));
    const delivery = requireDelivery(c, hook);
    const text = await parts.deliveries.payload(delivery);
    const payload = text === null ? null : parseJson(z.record(z.string(), z.json()), text, { what: 'kept payload' });
    return c.json(deliveryView(delivery, payload));
  });

  app.post('/:delivery/attempts', (c) => {
    const hook = requireHook(parts, c, requireRepository(parts, c, writingHooks));
    const delivery = requireDelivery(c, hook);
    void parts.deliveries.redeliver(hook, delivery);
    return c.json({}, 202);
  });

  return app;
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined || cursor === '') return Number.POSITIVE_INFINITY;
  const [, id] = /^v1_(\d{1,15})$/.exec(cursor) ?? [];
  if (id === undefined) throw invalidRequest('"cursor" is not one that this list gave.');
  return Number(id);
}
