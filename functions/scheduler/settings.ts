import * as z from 'zod';
import { jsonOrNull } from '../../shared/json.ts';
import { Customers, type Limits } from '../../shared/queue/shares.ts';
import {
  cluster,
  common,
  credentialKey,
  github,
  githubApp,
  logBucket,
  nodeSelector,
  registries,
  text,
  tolerations,
  url,
  wholeNumber,
  withoutEmulators,
} from '../../shared/settings-parts.ts';

const limit = z.coerce.number().int().min(1, 'must be 1 at least; leave it out for no limit').max(100_000);

const customers = text.transform((value, context) => {
  const parsed = Customers.safeParse(jsonOrNull(value));
  if (parsed.success) return parsed.data;
  const message = 'must be JSON: {"<numeric id of the account>": {"weight": 2, "runs": 10}}';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Every variable that the function reads. */
export const schedulerVariables = z
  .object({
    ...common,
    ...github,
    ...githubApp,
    ...cluster,
    ...logBucket,
    ...credentialKey,
    YB_RUNNER_IMAGE: text,
    YB_BUILD_IMAGE: text,
    /** From which the owners of repositories may take build images in place of it. */
    YB_IMAGE_REGISTRIES: registries,
    /** Kubernetes' own choice depends on the tag; images that no registry has need `IfNotPresent`. */
    YB_IMAGE_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    /** Builds of several customers share nodes: without a word to the contrary (`none`) they share no kernel. */
    YB_RUNTIME_CLASS: text.default('gvisor'),
    /** Of the nodes on which builds run: `key=value`, several with commas. */
    YB_NODE_SELECTOR: nodeSelector.optional(),
    /** Of builds, as Kubernetes writes them, in JSON. */
    YB_TOLERATIONS: tolerations.optional(),
    /** Of volumes; without it, the cluster's default class. */
    YB_STORAGE_CLASS: text.optional(),
    /** `ReadWriteOnce` for storage that does not know `ReadWriteOncePod`. */
    YB_VOLUME_ACCESS_MODE: z.enum(['ReadWriteOncePod', 'ReadWriteOnce']).default('ReadWriteOncePod'),
    YB_DISK_CACHE_BYTES: wholeNumber.default(10 * 1024 ** 3),
    /** A run makes so much room on its volume before it starts, or a tenth of the volume, whichever is less. */
    YB_MIN_FREE_BYTES: wholeNumber.default(2 * 1024 ** 3),
    YB_MIN_FREE_INODES: wholeNumber.default(100_000),
    YB_JOB_STORAGE_ENDPOINT: url.or(text).optional(),
    YB_JOB_GIT_URL: url.or(text).optional(),
    YB_JOB_CPU: text.default('2'),
    YB_JOB_MEMORY: text.default('4Gi'),
    /** Of the node's disk, for the log, its archive and what a build writes beside its volume; more than both logs take. */
    YB_JOB_EPHEMERAL_STORAGE: text.default('10Gi'),
    YB_JOB_SHM_BYTES: wholeNumber.default(1024 ** 3),
    YB_JOB_DEADLINE_SECONDS: wholeNumber.default(3600),
    YB_MAX_LOG_BYTES: wholeNumber.default(2 * 1024 ** 3),
    /** How many runs may go on at once, of all repositories and of those of one owner; without it, no limit. */
    YB_MAX_RUNS: limit.optional(),
    YB_MAX_RUNS_OF_CUSTOMER: limit.optional(),
    /** How many runs of one owner may wait; beyond it the oldest of side branches give way. Without it, no limit. */
    YB_MAX_WAITING_OF_CUSTOMER: limit.optional(),
    /** How many pushes of one owner a minute are tested at once; what comes beyond it waits for minutes. Without it, no limit. */
    YB_MAX_PUSHES_OF_CUSTOMER: limit.optional(),
    /** What is agreed with single owners, in JSON: `{"<numeric id of the account>": {"weight": 2, "runs": 10}}`. */
    YB_CUSTOMERS: customers.default({}),
  })
  .superRefine(withoutEmulators);
export type SchedulerSettings = z.output<typeof schedulerVariables>;

export function limitsOf(settings: SchedulerSettings): Limits {
  return {
    runs: settings.YB_MAX_RUNS ?? null,
    runsOfCustomer: settings.YB_MAX_RUNS_OF_CUSTOMER ?? null,
    waitingOfCustomer: settings.YB_MAX_WAITING_OF_CUSTOMER ?? null,
    pushesOfCustomer: settings.YB_MAX_PUSHES_OF_CUSTOMER ?? null,
    customers: settings.YB_CUSTOMERS,
  };
}
