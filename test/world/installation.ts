import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type Assets, createAssets } from '../../functions/dashboard/http/assets.ts';
import { createDashboard } from '../../functions/dashboard/dashboard.tsx';
import { dashboardVariables } from '../../functions/dashboard/settings.ts';
import { createScheduler } from '../../functions/scheduler/scheduler.ts';
import { schedulerVariables } from '../../functions/scheduler/settings.ts';
import { createWatcher } from '../../functions/watcher/watcher.ts';
import { watcherVariables } from '../../functions/watcher/settings.ts';
import { appHookOf, webhookVariables } from '../../functions/webhook/settings.ts';
import { createWebhook } from '../../functions/webhook/webhook.ts';
import { type Environment, readSettings } from '../../shared/config.ts';
import { createKeySigner } from '../../shared/google/signer.ts';
import { encode } from '../../shared/messages/codec.ts';
import type { PushedEvent } from '../../shared/messages/event-handler.ts';
import type { Message } from '../../shared/messages/messages.ts';
import { allTopics, type Subscriber, topics } from '../../shared/messages/topics.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Keys } from '../../shared/outside/keys.ts';
import type { FunctionName } from '../../shared/rights.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import type { Random } from '../../shared/outside/random.ts';
import { createKey, type KeyRing } from '../../shared/sealing.ts';
import { signalName } from '../../shared/attempt/layout.ts';
import { keyNameOf } from '../../local/kms/names.ts';
import { createManualClock, type ManualClock } from './clock.ts';
import { createMemoryCluster, type MemoryCluster } from './cluster.ts';
import { createMemoryDeadLetters, type MemoryDeadLetters } from './dead-letters.ts';
import { createMemoryDocuments, type MemoryDocuments } from './documents.ts';
import { createFakeGitHub, type FakeGitHub, type FakeRepository } from './github.ts';
import { createMemoryHooks } from './hooks.ts';
import { createLogLines } from './log.ts';
import { createMemoryObjects } from './objects.ts';
import { createMemoryPublisher, eventOf, type Published } from './publisher.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export const dashboardUrl = 'https://ci.example.com';
/** The names of people who may sign in; each one's token is the name. */
const people = ['stranger', 'reader', 'writer', 'admin'];

export interface InstallationOptions<Store extends Documents> {
  /** In memory if left out. */
  readonly documents: Store;
  /** Puts something in place of parts of the world, or before them. */
  readonly change?: (outside: Outside) => Partial<Outside>;
  /** The keys as each function has them; all have both wholly if left out. */
  readonly keysOf?: (name: FunctionName) => Keys;
  readonly variables?: Environment;
  readonly assets?: Assets;
  readonly repositories?: FakeRepository[];
  /** Of the operating system if left out. */
  readonly random?: Random;
  /** Drawn if left out. */
  readonly rings?: World['rings'];
}

/** The outside of an installation in memory, as tests turn and see it. */
export interface World<Store extends Documents = Documents> extends Outside {
  readonly documents: Store;
  readonly hookDocuments: MemoryDocuments;
  readonly clock: ManualClock;
  readonly cluster: MemoryCluster;
  readonly objects: ReturnType<typeof createMemoryObjects>;
  readonly publisher: ReturnType<typeof createMemoryPublisher>;
  readonly deadLetters: MemoryDeadLetters;
  readonly github: FakeGitHub;
  readonly lines: ReturnType<typeof createLogLines>;
  readonly rings: Readonly<Record<'hooks' | 'credentials' | 'sessions', KeyRing>>;
}

/**
 * A whole installation over a world in memory: the four functions as they are deployed, with their codecs, handlers and tables
 * of errors, wired here and nowhere else. What they publish waits until a test delivers it.
 */
export function createInstallation<Store extends Documents = ReturnType<typeof createMemoryDocuments>>(
  options: Partial<InstallationOptions<Store>> = {},
) {
  const world = createWorld(options);
  const outside: Outside = { ...world, ...options.change?.(world) };
  const make = makersOf(world, options);
  const of = (name: FunctionName): Outside => ({ ...outside, keys: options.keysOf?.(name) ?? outside.keys });
  const { app, ...dashboard } = make.dashboard(of('dashboard'));
  const functions = {
    webhook: make.webhook(of('webhook')),
    scheduler: make.scheduler(of('scheduler')),
    watcher: make.watcher(of('watcher')),
    dashboard: app,
  };
  const { waiting } = world.publisher;
  const subscribers: Record<Subscriber, (event: PushedEvent) => Promise<void>> = functions;

  /** As Pub/Sub pushes it to its subscriber, once. @throws what the function throws: Pub/Sub would deliver it again */
  const deliver = async (message: Published): Promise<void> => {
    const topic = allTopics.find((one) => one === message.topic);
    if (topic === undefined) throw new Error(`put aside: ${message.attributes['reason'] ?? ''}: ${message.text}`);
    await subscribers[topics[topic].subscriber](eventOf(message));
    world.cluster.step();
  };
  return {
    ...world,
    keys: outside.keys,
    functions,
    /** What the dashboard was made of. */
    dashboard,
    deliver,
    /** Delivers a message that was never published, as the one who may say it would. */
    async handle(message: Message) {
      await deliver(wireForm(message));
    },
    /** Delivers everything that was published, and what that publishes, one by one. */
    async drain() {
      for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) await deliver(message);
    },
  };
}

export type Installation = ReturnType<typeof createInstallation<Documents>>;

/** How each function is made over an outside, as often as its cloud starts an instance of it. */
export function makersOf(
  world: Pick<World, 'rings'>,
  options: Pick<InstallationOptions<Documents>, 'assets' | 'variables'> = {},
) {
  const variables = { ...installation(world.rings), ...options.variables };
  const read = <Schema extends Parameters<typeof readSettings>[0]>(schema: Schema) => readSettings(schema, variables);
  return {
    webhook: (outside: Outside) => createWebhook(outside, appHookOf(read(webhookVariables))),
    scheduler: (outside: Outside) => createScheduler(outside, read(schedulerVariables)),
    watcher: (outside: Outside) => createWatcher(outside, read(watcherVariables)),
    dashboard: (given: Outside) => {
      const outside = { ...given, assets: options.assets ?? createAssets({ style: '', script: '' }) };
      const settings = read(dashboardVariables);
      return { app: createDashboard(outside, settings), outside, settings };
    },
  };
}

export function createWorld<Store extends Documents>(options: Partial<InstallationOptions<Store>>): World<Store> {
  // The default of the type parameter: whoever names no store gets this one.
  const documents = options.documents ?? (createMemoryDocuments() as Documents as Store);
  const hookDocuments = createMemoryDocuments();
  const clock = createManualClock();
  const random = options.random ?? { bytes: (count: number) => randomBytes(count) };
  const rings = options.rings ?? {
    hooks: ring('hooks', random),
    credentials: ring('credentials', random),
    sessions: ring('sessions', random),
  };
  const lines = createLogLines();
  return {
    documents,
    hookDocuments,
    hooks: createMemoryHooks(hookDocuments),
    clock,
    random,
    cluster: createMemoryCluster(() => clock.now()),
    objects: createMemoryObjects(() => clock.now()),
    signer: createKeySigner({ clientEmail: 'signer@example.com', privateKey }),
    publisher: createMemoryPublisher(),
    deadLetters: createMemoryDeadLetters(clock),
    github: createFakeGitHub(people, options.repositories ?? [], clock),
    keys: { hooks: createKey(rings.hooks, random), credentials: createKey(rings.credentials, random) },
    log: lines.log,
    lines,
    rings,
  };
}

function ring(id: string, random: Random): KeyRing {
  return { keys: [{ id, key: random.bytes(32) }] };
}

function text({ keys }: KeyRing): string {
  return keys.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64')}`).join(',');
}

/** What the functions of this installation are told. */
function installation(rings: World['rings']): Environment {
  return {
    YB_PROJECT: 'p',
    YB_LOG_BUCKET: 'logs',
    YB_STORAGE_ENDPOINT: 'https://storage.example.com',
    YB_SIGNING_EMAIL: 'signer@example.com',
    YB_RUNNER_IMAGE: 'runner',
    YB_BUILD_IMAGE: 'build',
    YB_DASHBOARD_URL: dashboardUrl,
    YB_WEBHOOK_URL: 'https://hooks.example.com',
    YB_GITHUB_CLIENT_ID: 'client',
    YB_GITHUB_CLIENT_SECRET: 'client-secret',
    YB_MAX_CPU: '4',
    YB_MAX_MEMORY: '8Gi',
    YB_MAX_DEADLINE_SECONDS: '7200',
    YB_KMS_KEY_HOOKS: keyNameOf('hooks'),
    YB_KMS_KEY_CREDENTIALS: keyNameOf('credentials'),
    YB_KEYS_SESSIONS: text(rings.sessions),
  };
}

/** A message in the form in which its publisher sends it: our own, and those of the cluster and the storage. */
export function wireForm(message: Message): Published {
  const id = 'test';
  switch (message.type) {
    case 'signal':
      return { topic: 'signals', id, text: '{}', attributes: { objectId: signalName(message, message.signal) } };
    case 'job.finished':
      return { topic: 'job-events', id, attributes: {}, text: logEntry({ kind: 'Job', uid: message.jobUid }) };
    case 'pod.ending':
      return { topic: 'job-events', id, attributes: {}, text: logEntry({ kind: 'Pod', name: message.podName }) };
    case 'run.requested':
    case 'run.cancelled':
    case 'run.approved':
    case 'repository.changed':
    case 'volume.freed':
    case 'run.changed':
    case 'tick':
      return { ...encode(message), id, attributes: {} };
  }
}

function logEntry(involvedObject: object): string {
  return JSON.stringify({ logName: 'projects/p/logs/events', jsonPayload: { kind: 'Event', involvedObject } });
}
