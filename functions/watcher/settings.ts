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
  })
  .superRefine(withoutEmulators);
export type WatcherSettings = z.output<typeof watcherVariables>;
