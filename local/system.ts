import { startKeeper } from './keeper.ts';
import { lockState } from './state-lock.ts';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../shared/clock.ts';
import { buildAll } from '../build/build.ts';
import { startFirestoreEmulator, startPubSubEmulator } from './emulators.ts';
import { apiTokens } from './api-tokens.ts';
import type { Builds } from './builds.ts';
import { createBus } from './bus.ts';
import { type Addresses, bucket, functionVariables, project } from './environment.ts';
import { startFunction } from './functions.ts';
import { gitPath } from './github/git-server.ts';
import { type KeyGrants, startKms } from './kms/kms.ts';
import { startGitHub } from './github/server.ts';
import { type JobPlace, startInCluster, startProcesses } from './job-place.ts';
import { keptPorts } from './kept-ports.ts';
import type { HeldPort } from './ports.ts';
import { kmsKeysOf, localSecrets } from './local-keys.ts';
import { startStorage } from './storage/storage.ts';
import { createSubscriptions, createTopics } from './topics.ts';

export interface LocalSystemOptions {
  /** Where its data stay between starts; without it they go with the system. */
  readonly stateDir?: string;
  readonly builds: Builds;
  /** What `npm run build` made; without it, it is made anew. */
  readonly dist?: string;
  /** How often everything unfinished is looked at; a minute in the cloud. */
  readonly tickSeconds?: number;
  /** Variables for the scheduler in place of its own, such as the deadline of Jobs. */
  readonly job?: Readonly<Record<string, string>>;
  /** The same for the watcher, such as its patience with Pods that do not start. */
  readonly watch?: Readonly<Record<string, string>>;
  /** Who may do what with the keys, in place of `shared/rights.ts`. */
  readonly keyGrants?: KeyGrants;
  /** Told of each part as it starts. */
  readonly progress?: (message: string) => void;
}

/** What others reach it by; printed by `npm run local -- --json`. */
export interface Endpoints {
  readonly webhook: string;
  readonly dashboard: string;
  readonly github: string;
  readonly git: string;
  readonly storage: string;
  readonly firestore: string;
  readonly pubsub: string;
  readonly token: string;
  readonly otherToken: string;
  /** With which the two ask this system, of its own: a token of GitHub's counts for GitHub alone. */
  readonly apiToken: string;
  readonly otherApiToken: string;
}

export interface LocalSystem {
  readonly endpoints: Endpoints;
  /** Where the functions write their log lines, one file each. */
  readonly logDir: string;
  /** Of its Jobs. */
  readonly namespace: string;
  /** Ends everything that was started and takes away what is not to stay. May be called more than once. */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Starts the whole system on loopback: Google's emulators, the stand-ins for storage, cluster and GitHub, and the four
 * functions from their bundles, each a process of its own. If a part does not start, those that did are ended again.
 */
export async function startLocalSystem(options: LocalSystemOptions): Promise<LocalSystem> {
  const stoppers: (() => Promise<void>)[] = [];
  const ending: { promise?: Promise<void> } = {};
  const stop = async (): Promise<void> => {
    ending.promise ??= endAll(stoppers);
    await ending.promise;
  };
  try {
    return { ...(await startParts(options, stoppers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Stoppers = (() => Promise<void>)[];

async function startParts(options: LocalSystemOptions, stoppers: Stoppers): Promise<Omit<LocalSystem, 'stop'>> {
  const tell = options.progress ?? (() => undefined);
  const started = async <Part extends { stop(): Promise<void> }>(part: Promise<Part>): Promise<Part> => {
    const running = await part;
    stoppers.push(async () => {
      await running.stop();
    });
    return running;
  };
  const stateDir = await openState(options.stateDir, stoppers);
  stoppers.push(await lockState(stateDir));
  const mark = { YB_LOCAL_SYSTEM: Buffer.from(systemRandom.bytes(16)).toString('hex') };
  await started(startKeeper([mark.YB_LOCAL_SYSTEM, join(stateDir, 'kubernetes', '/')]));
  const folder = (name: string): string => join(stateDir, name);
  const dist = options.dist ?? folder('dist');
  const logDir = folder('log');
  await mkdir(logDir, { recursive: true });
  const [secrets, ports] = await Promise.all([
    localSecrets(stateDir, systemRandom),
    keptPorts(stateDir, (release) => stoppers.push(release)),
  ]);

  if (options.dist === undefined) {
    tell('building the functions');
    await buildAll({ root, outDir: dist });
  }

  tell('starting Firestore, Pub/Sub, storage and GitHub');
  const keep = options.stateDir === undefined ? {} : { dataDir: folder('firestore') };
  const [firestore, pubsub, github] = await together([
    started(startFirestoreEmulator({ projectId: project, env: mark, ...keep })),
    started(startPubSubEmulator({ projectId: project, env: mark })),
    started(
      startGitHub({
        stateDir: folder('github'),
        held: ports.github,
        appHook: {
          url: `http://127.0.0.1:${ports.webhook.port}/${secrets.appHook.key}`,
          secret: secrets.appHook.secret,
        },
      }),
    ),
  ]);
  const bus = createBus(pubsub.host);
  const storage = await started(
    startStorage({
      dir: folder('storage'),
      buckets: [bucket],
      clientEmail: secrets.signing.email,
      publicKey: secrets.signing.publicKey,
      jsonToken: secrets.storageToken,
      held: ports.storage,
      onError: (error) => {
        tell(`storage: ${String(error)}`);
      },
      onFinalize: bus.objectStored,
    }),
  );
  const grants = options.keyGrants === undefined ? {} : { grants: options.keyGrants };
  const kms = await started(startKms({ ...kmsKeysOf(secrets), ...grants }));
  const jobs = await started(
    startJobPlace({
      builds: options.builds,
      stateDir,
      keep: options.stateDir !== undefined,
      runner: join(dist, 'runner'),
      ports: { github: ports.github.port, storage: ports.storage.port },
      onEvent: bus.jobEvent,
      tell,
    }),
  );

  tell('starting the functions');
  const at: Addresses = {
    webhook: `http://127.0.0.1:${ports.webhook.port}`,
    dashboard: `http://127.0.0.1:${ports.dashboard.port}`,
    github: github.apiUrl,
    githubWeb: github.webUrl,
    git: github.gitUrl,
    storage: storage.url,
    firestore: firestore.host,
    pubsub: pubsub.host,
    kms: kms.url,
  };
  const { job = {}, watch = {} } = options;
  const variables = functionVariables({ at, secrets, jobs, oauth: github.oauth, app: github.app, job, watch });
  await createTopics({ pubsubHost: pubsub.host, project });
  const start = async (
    name: keyof typeof variables,
    signatureType: 'http' | 'cloudevent',
    held: HeldPort,
  ): Promise<void> => {
    await started(
      startFunction({
        name,
        bundleDir: join(dist, 'functions', name),
        target: name,
        signatureType,
        held,
        env: { ...variables[name], ...mark },
        logFile: join(logDir, `${name}.log`),
      }),
    );
  };
  await together([
    start('webhook', 'http', ports.webhook),
    start('dashboard', 'http', ports.dashboard),
    start('scheduler', 'cloudevent', ports.scheduler),
    start('watcher', 'cloudevent', ports.watcher),
  ]);
  await createSubscriptions({
    pubsubHost: pubsub.host,
    project,
    urls: {
      scheduler: `http://127.0.0.1:${ports.scheduler.port}`,
      watcher: `http://127.0.0.1:${ports.watcher.port}`,
    },
  });
  stoppers.push(bus.startTicks(options.tickSeconds ?? 15));
  const tokens = await apiTokens({ ...github, dashboard: at.dashboard, file: folder('api-tokens.json') });
  const { webhook, dashboard, git } = at;
  return {
    logDir,
    namespace: jobs.namespace,
    endpoints: {
      webhook,
      dashboard,
      github: at.github,
      git,
      storage: at.storage,
      firestore: at.firestore,
      pubsub: at.pubsub,
      token: github.token,
      otherToken: github.otherToken,
      ...tokens,
    },
  };
}

async function startJobPlace(options: {
  readonly builds: Builds;
  readonly stateDir: string;
  readonly keep: boolean;
  readonly runner: string;
  readonly ports: { readonly github: number; readonly storage: number };
  readonly onEvent: (event: object) => Promise<void>;
  readonly tell: (message: string) => void;
}): Promise<JobPlace> {
  const { builds } = options;
  if ('bazel' in builds) return await startProcesses({ ...options, bazel: builds.bazel });
  options.tell('preparing the cluster');
  return await startInCluster({ ...options, cluster: builds.cluster, gitPath });
}

/** Waits for all of them, also if one fails: what comes up later would otherwise be left running. */
async function together<Parts extends readonly Promise<unknown>[]>(
  parts: readonly [...Parts],
): Promise<{ -readonly [Index in keyof Parts]: Awaited<Parts[Index]> }> {
  await Promise.allSettled(parts);
  return await Promise.all(parts);
}

/** Last started, first ended; one that does not end well keeps no other from ending. */
async function endAll(stoppers: Stoppers): Promise<void> {
  for (const stop of stoppers.splice(0).reverse()) await stop().catch(() => undefined);
}

async function openState(stateDir: string | undefined, stoppers: Stoppers): Promise<string> {
  if (stateDir !== undefined) {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    return stateDir;
  }
  const temporary = await mkdtemp(join(tmpdir(), 'yb-'));
  stoppers.push(async () => {
    await rm(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return temporary;
}
