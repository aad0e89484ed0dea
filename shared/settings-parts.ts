import * as z from 'zod';
import { YbError } from './errors.ts';
import { parseKeyRing } from './sealing.ts';

/** What the settings of several programs are made of. Which of them a function reads stands in its `settings.ts`. */

export const text = z.string().min(1, 'must not be empty');
export const wholeNumber = z.coerce.number().int().min(0);
export const keyRing = text.transform((value, context) => {
  try {
    return parseKeyRing(value, 'keys');
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof YbError ? error.message : 'unreadable' });
    return z.NEVER;
  }
});

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** An address of another system: https, and http on loopback alone. Without a slash at its end. */
export const url = z
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
export const nodeSelector = text.transform((value, context) => {
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

export const tolerations = text.transform((value, context) => {
  try {
    const parsed = Tolerations.safeParse(JSON.parse(value));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below.
  }
  context.addIssue({ code: 'custom', message: 'must be a JSON list of Kubernetes tolerations' });
  return z.NEVER;
});

/** Hosts of public registries, or hosts with the beginning of a path, with commas between. */
export const registries = z
  .string()
  .default('docker.io,ghcr.io,quay.io,gcr.io,public.ecr.aws,mcr.microsoft.com,registry.gitlab.com')
  .transform((value) =>
    value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  );

/** From which build images may come; null for any: images of a local system are of this machine. */
export function allowedRegistries(settings: {
  readonly YB_LOCAL: boolean;
  readonly YB_IMAGE_REGISTRIES: readonly string[];
}): readonly string[] | null {
  return settings.YB_LOCAL ? null : settings.YB_IMAGE_REGISTRIES;
}

/** What every function is told. */
export const common = {
  YB_PROJECT: text,
  /** Set by the local system alone: what must not be reached in the cloud (loopback, plain http) is allowed. */
  YB_LOCAL: z
    .enum(['0', '1'])
    .default('0')
    .transform((value) => value === '1'),
  FIRESTORE_EMULATOR_HOST: text.optional(),
  /** Of Firestore's databases, the one that all functions but the webhook reach, and the one of the hooks (rights are given for each). */
  YB_DATABASE: text.default('(default)'),
  YB_HOOKS_DATABASE: text.default('hooks'),
  PUBSUB_EMULATOR_HOST: text.optional(),
  /** Read by the vendor's client itself. */
  STORAGE_EMULATOR_HOST: text.optional(),
  /** Stands before the name of each topic of `shared/messages/topics.ts`. */
  YB_TOPIC_PREFIX: z.string().max(100).default(''),
};

export const github = {
  YB_GITHUB_API_URL: url.default('https://api.github.com'),
  YB_GITHUB_GIT_URL: url.default('https://github.com'),
};

/** Of the GitHub App in whose name functions act for repositories; both or none. */
export const githubApp = {
  YB_GITHUB_APP_ID: text.optional(),
  /** Its private key, PEM. */
  YB_GITHUB_APP_KEY: text.optional(),
};

/** The App as settings name it; null where there is none. @throws YbError `bad-settings` for half of one */
export function githubAppOf(settings: {
  readonly YB_GITHUB_APP_ID?: string | undefined;
  readonly YB_GITHUB_APP_KEY?: string | undefined;
}): { readonly id: string; readonly privateKey: string } | null {
  const { YB_GITHUB_APP_ID: id, YB_GITHUB_APP_KEY: privateKey } = settings;
  if (id === undefined && privateKey === undefined) return null;
  if (id !== undefined && privateKey !== undefined) return { id, privateKey };
  throw new YbError('bad-settings', 'YB_GITHUB_APP_ID and YB_GITHUB_APP_KEY belong together');
}

export const cluster = {
  /** A kubeconfig's path; without it, YB_CLUSTER_ENDPOINT is asked with the function's own Google identity. */
  KUBECONFIG: text.optional(),
  YB_CLUSTER_ENDPOINT: text.optional(),
  YB_NAMESPACE: text.default('builds'),
};

export const logBucket = {
  YB_LOG_BUCKET: text,
  YB_STORAGE_ENDPOINT: url.default('https://storage.googleapis.com'),
  /** A PEM key with which the local system signs; in the cloud IAM signs for the function's own account. */
  YB_SIGNING_KEY_FILE: text.optional(),
  YB_SIGNING_EMAIL: text,
  /** A fixed token for the local storage. */
  YB_STORAGE_TOKEN: text.optional(),
};

const kmsKey = z
  .string()
  .regex(
    /^projects\/[^/:]+\/locations\/[^/:]+\/keyRings\/[^/:]+\/cryptoKeys\/[^/:]+$/,
    'must be projects/P/locations/L/keyRings/R/cryptoKeys/K',
  );
const kms = {
  YB_KMS_ENDPOINT: url.default('https://cloudkms.googleapis.com'),
  /** A fixed token for the local stand-in. */
  YB_KMS_TOKEN: text.optional(),
};
/** Of the secrets of hooks, and of what opens repositories; what a function may do with each stands in `shared/rights.ts`. */
export const hookKey = { ...kms, YB_KMS_KEY_HOOKS: kmsKey };
export const credentialKey = { ...kms, YB_KMS_KEY_CREDENTIALS: kmsKey };

export const dashboardUrl = { YB_DASHBOARD_URL: url };

/** Variables of the local system alone: nowhere else are they set. */
export const ofTheLocalSystem = [
  'FIRESTORE_EMULATOR_HOST',
  'PUBSUB_EMULATOR_HOST',
  'STORAGE_EMULATOR_HOST',
  'YB_STORAGE_TOKEN',
  'YB_KMS_TOKEN',
  'YB_SIGNING_KEY_FILE',
] as const;

/**
 * Refuses, outside of the local system, what makes a function speak to another database or topic than the installation's, or
 * sign with a key at hand: who can set one variable must not get all that the others protect.
 */
export function withoutEmulators(
  settings: { readonly YB_LOCAL: boolean } & Readonly<Partial<Record<(typeof ofTheLocalSystem)[number], unknown>>>,
  context: z.RefinementCtx,
): void {
  if (settings.YB_LOCAL) return;
  for (const name of ofTheLocalSystem) {
    if (settings[name] === undefined) continue;
    context.addIssue({ code: 'custom', path: [name], message: 'is for the local system alone (YB_LOCAL=1)' });
  }
}
