import * as z from 'zod';
import type { AppHook } from './webhook.ts';
import { HookKey } from '../../shared/store/hooks.ts';
import { common, hookKey, withoutEmulators } from '../../shared/settings-parts.ts';

/** Every variable that the function reads. */
export const webhookVariables = z
  .object({
    ...common,
    ...hookKey,
    /** Of the GitHub App's own hook: the last part of its address, and its secret. */
    YB_GITHUB_APP_HOOK_KEY: HookKey.optional(),
    YB_GITHUB_APP_HOOK_SECRET: z.string().min(16).optional(),
  })
  .superRefine(withoutEmulators);
export type WebhookSettings = z.output<typeof webhookVariables>;

/** The App's hook; null where there is none. */
export function appHookOf(settings: WebhookSettings): AppHook | null {
  const { YB_GITHUB_APP_HOOK_KEY: hookKey, YB_GITHUB_APP_HOOK_SECRET: secret } = settings;
  return hookKey === undefined || secret === undefined ? null : { hookKey, secret };
}
