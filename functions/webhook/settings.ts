import * as z from 'zod';
import { common, hookKey, withoutEmulators } from '../../shared/settings-parts.ts';

/** Every variable that the function reads. */
export const webhookVariables = z.object({ ...common, ...hookKey }).superRefine(withoutEmulators);
export type WebhookSettings = z.output<typeof webhookVariables>;
