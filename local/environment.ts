import type { FunctionName } from '../shared/rights.ts';
import { keyNameOf } from './kms/names.ts';
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
  readonly kms: string;
}

type Variables = Readonly<Record<string, string>>;

/** What each function is told, as Terraform tells it in the cloud. */
export function functionVariables(options: {
  readonly at: Addresses;
  readonly secrets: LocalSecrets & { readonly signingKeyFile: string };
  readonly jobs: { readonly kubeconfigFile: string; readonly namespace: string; readonly variables: Variables };
  readonly oauth: { readonly clientId: string; readonly clientSecret: string };
  readonly app: { readonly id: string; readonly slug: string; readonly privateKey: string };
  readonly job: Variables;
  readonly watch: Variables;
}): Record<FunctionName, Variables> {
  const { at, secrets } = options;
  const common = {
    YB_LOCAL: '1',
    YB_PROJECT: project,
    FIRESTORE_EMULATOR_HOST: at.firestore,
    PUBSUB_EMULATOR_HOST: at.pubsub,
    METADATA_SERVER_DETECTION: 'none',
  };
  const github = { YB_GITHUB_API_URL: at.github, YB_GITHUB_GIT_URL: at.git };
  const app = { YB_GITHUB_APP_ID: options.app.id, YB_GITHUB_APP_KEY: options.app.privateKey };
  const cluster = { KUBECONFIG: options.jobs.kubeconfigFile, YB_NAMESPACE: options.jobs.namespace };
  const logs = {
    YB_LOG_BUCKET: bucket,
    YB_STORAGE_ENDPOINT: at.storage,
    YB_STORAGE_TOKEN: secrets.storageToken,
    YB_SIGNING_EMAIL: secrets.signing.email,
    YB_SIGNING_KEY_FILE: secrets.signingKeyFile,
  };
  const hookKey = { YB_KMS_KEY_HOOKS: keyNameOf('hooks') };
  const credentialKey = { YB_KMS_KEY_CREDENTIALS: keyNameOf('credentials') };
  const kmsAs = (name: FunctionName) => ({ YB_KMS_ENDPOINT: at.kms, YB_KMS_TOKEN: secrets.kms.tokens[name] });
  return {
    webhook: {
      ...common,
      ...kmsAs('webhook'),
      ...hookKey,
      YB_GITHUB_APP_HOOK_KEY: secrets.appHook.key,
      YB_GITHUB_APP_HOOK_SECRET: secrets.appHook.secret,
    },
    scheduler: {
      ...common,
      ...github,
      ...cluster,
      ...logs,
      ...app,
      ...kmsAs('scheduler'),
      ...credentialKey,
      ...options.jobs.variables,
      ...options.job,
    },
    watcher: {
      ...common,
      ...github,
      ...cluster,
      ...logs,
      ...app,
      ...kmsAs('watcher'),
      ...credentialKey,
      YB_DASHBOARD_URL: at.dashboard,
      ...options.watch,
    },
    dashboard: {
      ...common,
      ...github,
      ...logs,
      YB_GITHUB_URL: at.githubWeb,
      YB_GITHUB_APP_SLUG: options.app.slug,
      YB_GITHUB_CLIENT_ID: options.oauth.clientId,
      YB_GITHUB_CLIENT_SECRET: options.oauth.clientSecret,
      YB_DASHBOARD_URL: at.dashboard,
      YB_WEBHOOK_URL: at.webhook,
      ...kmsAs('dashboard'),
      ...hookKey,
      ...credentialKey,
      YB_KEYS_SESSIONS: secrets.sessions,
    },
  };
}
