import * as z from 'zod';
import {
  cluster,
  common,
  credentialKey,
  dashboardUrl,
  github,
  githubApp,
  logBucket,
  wholeNumber,
  withoutEmulators,
} from '../../shared/settings-parts.ts';

/** Every variable that the function reads. */
export const watcherVariables = z
  .object({
    ...common,
    ...github,
    ...githubApp,
    ...cluster,
    ...logBucket,
    ...credentialKey,
    ...dashboardUrl,
    /** So long a Pod may wait for an image, and for a node and its volume, before its Job is ended. */
    YB_IMAGE_WAIT_SECONDS: wholeNumber.default(120),
    YB_START_WAIT_SECONDS: wholeNumber.default(900),
    /** So many seconds pass before the second attempt of a run that lost its machine, and before the third. */
    YB_RETRY_PAUSES: z
      .string()
      .regex(/^\d{1,4}(,\d{1,4})*$/, 'must be seconds, such as 10,60')
      .default('10,60')
      .transform((text) => text.split(',').map(Number)),
  })
  .superRefine(withoutEmulators);
export type WatcherSettings = z.output<typeof watcherVariables>;
