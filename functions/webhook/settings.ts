import * as z from 'zod';
import { common, keyRing, withoutEmulators } from '../../shared/settings-parts.ts';

/** Every variable that the function reads. */
export const webhookVariables = z.object({ ...common, YB_KEYS_HOOKS: keyRing }).superRefine(withoutEmulators);
export type WebhookSettings = z.output<typeof webhookVariables>;
