import type { LocalSecrets } from './local-keys.ts';

export const project = 'yb-local';
export const bucket = 'yb-logs';
export const namespace = 'builds';
export const runnerImage = 'yb-runner';
export const buildImage = 'yb-build';

/** Where the parts of a local system listen. */
export interface Addresses {
  readonly webhook: string;
  readonly dashboard: string;
  readonly github: string;
  readonly githubWeb: string;
  readonly git: string;
  readonly storage: string;
  readonly firestore: string;
  readonly pubsub: string;
}

type Variables = Readonly<Record<string, string>>;

/** What each function is told, as Terraform tells it in the cloud. */
export function functionVariables(options: {
  readonly at: Addresses;
  readonly secrets: LocalSecrets & { readonly signingKeyFile: string };
  readonly jobs: { readonly kubeconfigFile: string; readonly namespace: string; readonly variables: Variables };
  readonly oauth: { readonly clientId: string; readonly clientSecret: string };
  readonly job: Variables;
  readonly watch: Variables;
}): Record<'webhook' | 'scheduler' | 'watcher' | 'dashboard', Variables> {
  const { at, secrets } = options;
  const common = {
    YB_LOCAL: '1',
    YB_PROJECT: project,
    FIRESTORE_EMULATOR_HOST: at.firestore,
    PUBSUB_EMULATOR_HOST: at.pubsub,
    METADATA_SERVER_DETECTION: 'none',
  };
  const github = { YB_GITHUB_API_URL: at.github, YB_GITHUB_GIT_URL: at.git };
  const cluster = { KUBECONFIG: options.jobs.kubeconfigFile, YB_NAMESPACE: options.jobs.namespace };
  const logs = {
    YB_LOG_BUCKET: bucket,
    YB_STORAGE_ENDPOINT: at.storage,
    YB_STORAGE_TOKEN: secrets.storageToken,
    YB_SIGNING_EMAIL: secrets.signing.email,
    YB_SIGNING_KEY_FILE: secrets.signingKeyFile,
  };
  return {
    webhook: { ...common, YB_KEYS_HOOKS: secrets.hooks },
    scheduler: {
      ...common,
      ...github,
      ...cluster,
      ...logs,
      YB_KEYS_CREDENTIALS: secrets.credentials,
      ...options.jobs.variables,
      ...options.job,
    },
    watcher: {
      ...common,
      ...github,
      ...cluster,
      ...logs,
      YB_KEYS_CREDENTIALS: secrets.credentials,
      YB_DASHBOARD_URL: at.dashboard,
      ...options.watch,
    },
    dashboard: {
      ...common,
      ...github,
      ...logs,
      YB_GITHUB_URL: at.githubWeb,
      YB_GITHUB_CLIENT_ID: options.oauth.clientId,
      YB_GITHUB_CLIENT_SECRET: options.oauth.clientSecret,
      YB_DASHBOARD_URL: at.dashboard,
      YB_WEBHOOK_URL: at.webhook,
      YB_KEYS_HOOKS: secrets.hooks,
      YB_KEYS_CREDENTIALS: secrets.credentials,
      YB_KEYS_SESSIONS: secrets.sessions,
    },
  };
}
