import * as z from 'zod';
import {
  common,
  credentialKey,
  dashboardUrl,
  github,
  hookKey,
  keyRing,
  logBucket,
  registries,
  text,
  url,
  wholeNumber,
  withoutEmulators,
} from '../../shared/settings-parts.ts';

/** Every variable that the function reads. */
export const dashboardVariables = z
  .object({
    ...common,
    ...github,
    ...logBucket,
    ...hookKey,
    ...credentialKey,
    ...dashboardUrl,
    YB_WEBHOOK_URL: url,
    YB_GITHUB_URL: url.default('https://github.com'),
    /** The last part of the address of the App's page, where people install it. */
    YB_GITHUB_APP_SLUG: z
      .string()
      .regex(/^[a-z0-9-]{1,100}$/, 'must be the last part of https://github.com/apps/…')
      .optional(),
    YB_GITHUB_CLIENT_ID: text,
    YB_GITHUB_CLIENT_SECRET: text,
    YB_KEYS_SESSIONS: keyRing,
    /** Of each volume of a repository that is set up from now on. */
    YB_VOLUME_GIB: z.coerce.number().int().min(1).max(65_536).default(50),
    /** What a repository's settings may ask for at most. */
    YB_MAX_CPU: text.default('16'),
    YB_MAX_MEMORY: text.default('64Gi'),
    /** From which build images may come. */
    YB_IMAGE_REGISTRIES: registries,
    YB_MAX_DEADLINE_SECONDS: wholeNumber.default(6 * 3600),
  })
  .superRefine(withoutEmulators);
export type DashboardSettings = z.output<typeof dashboardVariables>;
