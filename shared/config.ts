import * as z from 'zod';
import { YbError } from './errors.ts';
import { parseKeyRing } from './secrets.ts';

/** The variables of a process, as handed to a parser. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the one place that reads it. */
export function environment(): Environment {
  return Object.freeze({ ...process.env });
}

const text = z.string().min(1, 'must not be empty');
const wholeNumber = z.coerce.number().int().min(0);
const keyRing = text.transform((value, context) => {
  try {
    return parseKeyRing(value, 'keys');
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof YbError ? error.message : 'unreadable' });
    return z.NEVER;
  }
});

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** An address of another system: https, and http on loopback alone. Without a slash at its end. */
const url = z
  .url()
  .refine((value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname } = new URL(value);
    return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname));
  }, 'must be an https address')
  .transform((value) => value.replace(/\/+$/, ''));

const labelName = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/;

/** `key=value,key=value` of Kubernetes labels. */
const nodeSelector = text.transform((value, context) => {
  const pairs = value.split(',').map((pair) => pair.trim().split('='));
  const bad = pairs.some(
    ([key = '', label, ...rest]) =>
      label === undefined || rest.length > 0 || !labelName.test(key) || !labelValue.test(label),
  );
  if (!bad) return Object.fromEntries(pairs.map(([key = '', label = '']) => [key, label]));
  context.addIssue({ code: 'custom', message: 'must be labels: key=value,key=value' });
  return z.NEVER;
});

const Tolerations = z
  .array(
    z.strictObject({
      key: z.exactOptional(text),
      operator: z.exactOptional(z.enum(['Exists', 'Equal'])),
      value: z.exactOptional(z.string()),
      effect: z.exactOptional(z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])),
      tolerationSeconds: z.exactOptional(z.number().int()),
    }),
  )
  .max(20);

const tolerations = text.transform((value, context) => {
  try {
    const parsed = Tolerations.safeParse(JSON.parse(value));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON list of Kubernetes tolerations' });
  return z.NEVER;
});

/** What every function is told. */
const common = {
  YB_PROJECT: text,
  /** Set by the local system alone: what must not be reached in the cloud (loopback, plain http) is allowed. */
  YB_LOCAL: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1'),
  FIRESTORE_EMULATOR_HOST: text.optional(),
  PUBSUB_EMULATOR_HOST: text.optional(),
  YB_TOPIC_RUN_EVENTS: text.default('run-events'),
  YB_TOPIC_JOB_EVENTS: text.default('job-events'),
  YB_TOPIC_DEAD_LETTERS: text.default('dead-letters'),
};

const github = {
  YB_GITHUB_API_URL: url.default('https://api.github.com'),
  YB_GITHUB_GIT_URL: url.default('https://github.com'),
};

const cluster = {
  /** A kubeconfig's path; without it, YB_CLUSTER_ENDPOINT is asked with the function's own Google identity. */
  KUBECONFIG: text.optional(),
  YB_CLUSTER_ENDPOINT: text.optional(),
  YB_NAMESPACE: text.default('builds'),
};

const logBucket = {
  YB_LOG_BUCKET: text,
  YB_STORAGE_ENDPOINT: url.default('https://storage.googleapis.com'),
  /** A PEM key with which the local system signs; in the cloud IAM signs for the function's own account. */
  YB_SIGNING_KEY_FILE: text.optional(),
  YB_SIGNING_EMAIL: text,
  /** A fixed token for the local storage. */
  YB_STORAGE_TOKEN: text.optional(),
};

const dashboardUrl = { YB_DASHBOARD_URL: url };

export const webhookVariables = z.object({ ...common, YB_KEYS_HOOKS: keyRing });

export const schedulerVariables = z.object({
  ...common,
  ...github,
  ...cluster,
  ...logBucket,
  YB_KEYS_CREDENTIALS: keyRing,
  YB_RUNNER_IMAGE: text,
  YB_BUILD_IMAGE: text,
  /** Kubernetes' own choice depends on the tag; images that no registry has need `IfNotPresent`. */
  YB_IMAGE_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  YB_RUNTIME_CLASS: text.optional(),
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
});

export const watcherVariables = z.object({
  ...common,
  ...github,
  ...cluster,
  ...logBucket,
  ...dashboardUrl,
  YB_KEYS_CREDENTIALS: keyRing,
  /** So long a Pod may wait for an image, and for a node and its volume, before its Job is ended. */
  YB_IMAGE_WAIT_SECONDS: wholeNumber.default(120),
  YB_START_WAIT_SECONDS: wholeNumber.default(900),
});

export const dashboardVariables = z.object({
  ...common,
  ...github,
  ...logBucket,
  ...dashboardUrl,
  YB_WEBHOOK_URL: url,
  YB_GITHUB_URL: url.default('https://github.com'),
  YB_GITHUB_CLIENT_ID: text,
  YB_GITHUB_CLIENT_SECRET: text,
  YB_KEYS_HOOKS: keyRing,
  YB_KEYS_CREDENTIALS: keyRing,
  YB_KEYS_SESSIONS: keyRing,
  /** Of each volume of a repository that is set up from now on. */
  YB_VOLUME_GIB: z.coerce.number().int().min(1).max(65_536).default(50),
  /** What a repository's settings may ask for at most. */
  YB_MAX_CPU: text.default('16'),
  YB_MAX_MEMORY: text.default('64Gi'),
  YB_MAX_DEADLINE_SECONDS: wholeNumber.default(6 * 3600),
});

export type WebhookSettings = z.output<typeof webhookVariables>;
export type SchedulerSettings = z.output<typeof schedulerVariables>;
export type DashboardSettings = z.output<typeof dashboardVariables>;

/**
 * Reads a program's settings from an environment.
 * @throws YbError `bad-settings` that names every variable that is missing or wrong in one message, never a value.
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  source: Environment,
): Readonly<z.output<Schema>> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new YbError('bad-settings', `settings: ${problems.join('; ')}`);
}
