import type { HookHealth } from '../../../shared/repository/hook-health.ts';
import type { HookCheck } from '../../../shared/store/hook-checks.ts';
import { type Hook, newestFirst } from '../../../shared/store/hooks.ts';

/** How it goes with a hook, by what came in here and by what GitHub said when it was asked. Pure. */
export function hookHealth(hook: Hook, check: HookCheck | null): HookHealth {
  const [newest] = newestFirst(hook.secrets);
  return {
    secretAt: newest?.createdAt ?? null,
    lastPingAt: hook.lastPingAt,
    lastDeliveryAt: check?.lastDeliveryAt ?? null,
    lastFailure: check?.lastFailure ?? null,
    checkedAt: check?.checkedAt ?? null,
    redelivered: check?.redelivered ?? 0,
    nextCheckAt: check?.dueAt ?? null,
    problem: check?.problem ?? null,
  };
}
