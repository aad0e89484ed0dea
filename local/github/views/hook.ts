import type { Delivery, Hook, HookConfig } from '../state.ts';
import type { Urls } from './urls.ts';

/** A hook's settings; a secret is told to exist, and no more. */
export function hookConfigView(config: HookConfig) {
  const { secret, ...open } = config;
  return secret === undefined ? open : { ...open, secret: '********' };
}

/** A hook (schema `hook`). */
export function hookView(options: { readonly urls: Urls; readonly fullName: string; readonly hook: Hook }) {
  const { hook } = options;
  const url = `${options.urls.api}/repos/${options.fullName}/hooks/${String(hook.id)}`;
  return {
    type: 'Repository',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: hookConfigView(hook.config),
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: hook.lastResponse,
  };
}

/** A delivery in the list of them (schema `hook-delivery-item`). */
export function deliveryItemView(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: delivery.repoId,
    throttled_at: null,
  };
}

/** A delivery with what was sent and what came back (schema `hook-delivery`). */
export function deliveryView(delivery: Delivery, payload: unknown) {
  return {
    ...deliveryItemView(delivery),
    url: delivery.url,
    request: { headers: delivery.request.headers, payload },
    response: { headers: delivery.response?.headers ?? null, payload: delivery.response?.payload ?? null },
  };
}
