import type { Context } from 'hono';
import type { Clock, Random } from '../../shared/clock.ts';
import type { WebFlow } from '../../shared/github/oauth.ts';
import type { PeopleGitHub } from '../../shared/github/people.ts';
import type { Log } from '../../shared/log.ts';
import type { ObjectStore } from '../../shared/logs/object-store.ts';
import type { Publisher } from '../../shared/pubsub/publisher.ts';
import type { SettingsLimits } from '../../shared/repository/settings.ts';
import type { KeyRing } from '../../shared/secrets.ts';
import type { Documents } from '../../shared/store/documents.ts';
import { type Access, createAccess } from './access.ts';
import type { Assets } from './assets.ts';
import { createLive, type Live } from './live.ts';
import { createExcerptReader, type ExcerptReader } from './log/excerpts.ts';
import { createLogReader, type LogReader } from './log/reader.ts';
import { createLogModelReader, type LogModelReader } from './log-model.ts';
import { createOwnerSettings, type OwnerSettings } from './owner-settings.ts';
import type { Frame } from './pages/layout.tsx';
import { createRegistration, type Registration } from './registration.ts';
import { createResultReader, type ResultReader } from './results.ts';
import { createRunModelReader, type RunModelReader } from './run-model.ts';
import { createSessions, type Sessions } from './session.ts';
import { createStarter, type Starter } from './starting.ts';
import { createTargetReader, type TargetReader } from './target-model.ts';

export interface DashboardConfiguration {
  readonly version: string;
  /** Addresses without a slash at their end. */
  readonly dashboardUrl: string;
  readonly webhookUrl: string;
  /** Of GitHub's pages. */
  readonly githubUrl: string;
  /** What a repository may have at most. */
  readonly limits: SettingsLimits;
  /** The size of new volumes. */
  readonly volumeGiB: number;
  readonly keys: { readonly hooks: KeyRing; readonly credentials: KeyRing; readonly sessions: KeyRing };
}

/** What the dashboard needs from outside. */
export interface DashboardDependencies {
  readonly settings: DashboardConfiguration;
  readonly documents: Documents;
  readonly publisher: Publisher;
  readonly objects: ObjectStore;
  readonly github: PeopleGitHub;
  readonly webFlow: WebFlow;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The parts of the dashboard, made once for the life of an instance. */
export interface Services {
  readonly settings: DashboardConfiguration;
  readonly documents: Documents;
  readonly objects: ObjectStore;
  readonly webFlow: WebFlow;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly random: Random;
  readonly access: Access;
  readonly sessions: Sessions;
  readonly registration: Registration;
  readonly ownerSettings: OwnerSettings;
  readonly starter: Starter;
  readonly results: ResultReader;
  readonly log: LogReader;
  readonly excerpts: ExcerptReader;
  readonly live: Live;
  readonly runModel: RunModelReader;
  readonly targets: TargetReader;
  readonly logModel: LogModelReader;
  /** What every page shows of whoever asks. */
  frame(context: Context): Frame;
}

export function createServices(dependencies: DashboardDependencies): Services {
  const { settings, documents, objects, github, clock, random } = dependencies;
  const { dashboardUrl, keys } = settings;
  const access = createAccess({ github, documents, clock });
  const results = createResultReader(objects);
  const log = createLogReader(objects);
  const excerpts = createExcerptReader(objects);
  const live = createLive({ documents, results, log, clock, dashboardUrl });
  const sessions = createSessions({ ring: keys.sessions, dashboardUrl, clock, random });
  const { assets } = dependencies;
  return {
    settings,
    documents,
    objects,
    webFlow: dependencies.webFlow,
    assets,
    clock,
    random,
    sessions,
    frame: (context) => ({ assets, login: sessions.read(context)?.login ?? null, now: clock.now() }),
    access,
    results,
    log,
    excerpts,
    live,
    registration: createRegistration({
      documents,
      github,
      hookKeys: keys.hooks,
      credentialKeys: keys.credentials,
      clock,
      random,
      volumeGiB: settings.volumeGiB,
    }),
    ownerSettings: createOwnerSettings({
      documents,
      credentialKeys: keys.credentials,
      limits: settings.limits,
      clock,
      random,
    }),
    starter: createStarter({ documents, publisher: dependencies.publisher, github, access, clock, random }),
    targets: createTargetReader({ documents, results, excerpts, clock }),
    runModel: createRunModelReader({ documents, results, excerpts, live, clock }),
    logModel: createLogModelReader(log),
  };
}
