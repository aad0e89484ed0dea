import type { HookView } from '../../shared/api/schemas.ts';

/** A hook at this address of which nothing has come yet. */
export function sampleHook(url: string, changes: Partial<HookView> = {}): HookView {
  const never = { lastPingAt: null, lastDeliveryAt: null, lastFailure: null, checkedAt: null, problem: null };
  const next = { redelivered: 0, nextCheckAt: null };
  return { url, secretAt: '2026-01-01T00:00:00Z', ...never, ...next, ...changes };
}
