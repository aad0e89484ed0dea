import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { buildAll } from '../../build/build.ts';
import { type Deployable, deployables } from '../../build/deployables.ts';
import { startFirestoreEmulator, startPubSubEmulator } from '../../local/emulators.ts';
import { functionVariables, project } from '../../local/environment.ts';
import { startKms } from '../../local/kms/kms.ts';
import { keyNameOf } from '../../local/kms/names.ts';
import { kmsKeysOf, localSecrets } from '../../local/local-keys.ts';
import { createTopics } from '../../local/topics.ts';
import { systemClock, systemRandom } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import { parseJson } from '../../shared/json.ts';
import { createKmsKey } from '../../shared/google/kms.ts';
import type { Key } from '../../shared/outside/keys.ts';
import { createFirestoreDocuments } from '../../shared/google/firestore.ts';
import { hookPath, hookSecretPlace } from '../../shared/store/hooks.ts';
import { deliveryHeaders } from '../support/deliveries.ts';
import type { Ask, Subject } from './subject.ts';

/** What the measured functions live in: real emulators, one registered hook, the bundles of all functions. */
export interface World {
  readonly subjects: Readonly<Record<SubjectName, Subject>>;
  /** The bundled program that measures from within. */
  readonly meter: string;
  /** With which the pushes are signed. */
  readonly secret: string;
  /** For what a subject needs on the disk; gone with the world. */
  readonly folder: string;
  stop(): Promise<void>;
}

export type SubjectName = 'empty' | 'naive' | 'webhook' | 'scheduler' | 'watcher' | 'dashboard';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runtimeDependencies = ['@google-cloud/functions-framework'];
const compared: readonly Deployable[] = [
  ...['empty', 'naive'].map((name) => ({
    name,
    folder: `functions/${name}`,
    programs: { 'index.mjs': `test/bench/functions/${name}/index.ts` },
    node: '24' as const,
    runtimeDependencies,
  })),
  { name: 'meter', folder: 'meter', programs: { 'meter.mjs': 'test/bench/meter.ts' }, node: '24' },
];
const hostEnvironment = { PATH: `${dirname(process.execPath)}:${environment()['PATH'] ?? ''}` };
const measured = ['webhook', 'scheduler', 'watcher', 'dashboard'];

const hookKey = '0123456789abcdef0123456789abcdef';
const secret = 'a secret of thirty-two characters';

export async function createWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'yb-bench-'));
  const stoppers: (() => Promise<void>)[] = [
    async () => {
      await rm(folder, { recursive: true, force: true });
    },
  ];
  const stop = async (): Promise<void> => {
    for (const end of stoppers.splice(0).reverse()) await end();
  };
  try {
    const dist = join(folder, 'dist');
    const example = await examplePush();
    const push = (): Ask => delivery(JSON.stringify(example));
    const [secrets, firestore, pubsub] = await Promise.all([
      localSecrets(folder, systemRandom),
      started(startFirestoreEmulator({ projectId: project }), stoppers),
      started(startPubSubEmulator({ projectId: project }), stoppers),
      buildAll({
        root,
        outDir: dist,
        parts: [...deployables.filter(({ name }) => measured.includes(name)), ...compared],
      }),
    ]);
    // As the cloud's own build does it.
    await Promise.all(
      measured.map(async (name) => {
        const cwd = join(dist, 'functions', name);
        await promisify(execFile)('npm', ['run', '--silent', 'gcp-build'], { cwd, env: hostEnvironment });
      }),
    );
    await createTopics({ pubsubHost: pubsub.host, project });
    const kms = await started(startKms(kmsKeysOf(secrets)), stoppers);
    const token = async (): Promise<string> => await Promise.resolve(secrets.kms.tokens.dashboard);
    const key = createKmsKey({ key: keyNameOf('hooks'), endpoint: kms.url, token });
    await registerHook(firestore.host, key, String(example.repository.id));
    const kubeconfigFile = join(folder, 'kubeconfig.yaml');
    await writeFile(kubeconfigFile, kubeconfig);
    const variables = functionVariables({
      at: { ...addresses(firestore.host, pubsub.host), kms: kms.url },
      secrets,
      jobs: {
        kubeconfigFile,
        namespace: 'builds',
        variables: { YB_RUNNER_IMAGE: 'yb-runner', YB_BUILD_IMAGE: 'yb-build' },
      },
      oauth: { clientId: 'bench', clientSecret: 'bench' },
      app: { id: '1', slug: 'bench', privateKey: 'bench' },
      job: {},
      watch: {},
    });
    const naive = { ...variables.webhook, BENCH_SECRET: secret, BENCH_TOPIC: 'pushes' };
    const http = (name: string, env: Readonly<Record<string, string>>, ask: () => Ask): Subject => ({
      name,
      folder: join(dist, 'functions', name),
      signatureType: 'http',
      variables: env,
      ask,
    });
    const event = (name: 'scheduler' | 'watcher', ask: () => Ask): Subject => ({
      ...http(name, variables[name], ask),
      signatureType: 'cloudevent',
    });
    return {
      stop,
      secret,
      folder,
      meter: join(dist, 'meter/meter.mjs'),
      subjects: {
        empty: http('empty', {}, push),
        naive: http('naive', naive, push),
        webhook: http('webhook', variables.webhook, push),
        scheduler: event('scheduler', () => message('volumes', { v: 1, type: 'volume.freed', repoId: '1' })),
        watcher: event('watcher', () => message('run-changes', { v: 1, type: 'run.changed', runId: 'a'.repeat(26) })),
        dashboard: http('dashboard', variables.dashboard, () => get('/api/v1/server')),
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function started<Part extends { stop(): Promise<void> }>(
  starting: Promise<Part>,
  stoppers: (() => Promise<void>)[],
): Promise<Part> {
  const part = await starting;
  stoppers.push(async () => {
    await part.stop();
  });
  return part;
}

async function registerHook(host: string, key: Key, repoId: string): Promise<void> {
  const documents = createFirestoreDocuments({ project, database: 'hooks', emulatorHost: host });
  const now = systemClock.now();
  const sealed = await key.seal(hookSecretPlace(hookKey, 'bench'), secret);
  const fields = {
    repoId,
    secrets: [{ id: 'bench', sealed, createdAt: now, retiresAt: null }],
    lastPingAt: null,
    createdAt: now,
  };
  await documents.commit([{ type: 'create', path: hookPath(hookKey), fields }]);
  await documents.close();
}

const Push = z.looseObject({ ref: z.string(), deleted: z.boolean(), repository: z.looseObject({ id: z.number() }) });
const Examples = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));

/** GitHub's own example of a push to a branch: some 7 KB. */
async function examplePush(): Promise<z.output<typeof Push>> {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
  for (const { name, examples } of parseJson(Examples, await readFile(file, 'utf8'), { what: file })) {
    if (name !== 'push') continue;
    for (const example of examples) {
      const push = Push.parse(example);
      if (push.ref.startsWith('refs/heads/') && !push.deleted) return push;
    }
  }
  throw new Error(`${file} has no push to a branch`);
}

function delivery(body: string): Ask {
  return { method: 'POST', path: `/${hookKey}`, headers: deliveryHeaders({ event: 'push', body, secret }), body };
}

function get(path: string): Ask {
  return { method: 'GET', path, headers: {}, body: '' };
}

/** A message as Pub/Sub pushes it. */
function message(topic: string, content: object): Ask {
  const data = Buffer.from(JSON.stringify(content)).toString('base64');
  return {
    method: 'POST',
    path: `/projects/${project}/topics/${topic}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      message: { data, attributes: {}, messageId: '1', publishTime: systemClock.now().toISOString() },
      subscription: `projects/${project}/subscriptions/bench`,
    }),
  };
}

/** What is asked here reaches Firestore and Pub/Sub alone: nobody listens at the rest. */
function addresses(firestore: string, pubsub: string): Omit<Parameters<typeof functionVariables>[0]['at'], 'kms'> {
  const nowhere = 'http://127.0.0.1:9';
  return {
    webhook: nowhere,
    dashboard: nowhere,
    github: nowhere,
    githubWeb: nowhere,
    git: nowhere,
    storage: nowhere,
    firestore,
    pubsub,
  };
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: nowhere, cluster: {server: 'http://127.0.0.1:9'}}]
users: [{name: nobody, user: {}}]
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
current-context: nowhere
`;
