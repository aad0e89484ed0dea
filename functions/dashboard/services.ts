import { signInLink } from '../../shared/links.ts';
import { createMessenger } from '../../shared/messages/messenger.ts';
import type { DashboardConfiguration } from './configuration.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import type { Context } from 'hono';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import type { GitHub } from '../../shared/outside/github.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import type { Sealer } from '../../shared/outside/keys.ts';
import type { KeyName } from '../../shared/rights.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { type Access, createAccess } from './access/access.ts';
import { type Audit, createAudit } from './access/audit.ts';
import { createLimits, type Limits } from './access/limits.ts';
import type { Assets } from './http/assets.ts';
import { pathIn } from './http/route.ts';
import { createLive, type Live } from './models/live.ts';
import { createExcerptReader, type ExcerptReader } from './log/excerpts.ts';
import { createLogReader, type LogReader } from './log/reader.ts';
import { createLogModelReader, type LogModelReader } from './models/log.ts';
import { createOwnerSettings, type OwnerSettings } from './acts/owner-settings.ts';
import type { Frame } from './pages/layout.tsx';
import { createRegistration, type Registration } from './acts/registration.ts';
import { createResultReader, type ResultReader } from './models/results.ts';
import { createRunModelReader, type RunModelReader } from './models/run.ts';
import { type Cookies, createCookies } from './access/cookies.ts';
import { createGrants, type Grants } from './access/grants.ts';
import { createIdentity, type Identity } from './access/identity.ts';
import { createSessions, type Sessions } from './access/sessions.ts';
import { createTokens, type Tokens } from './access/tokens.ts';
import { createFingerprints, createKey } from '../../shared/sealing.ts';
import { createStarter, type Starter } from './acts/starting.ts';
import { newClick } from '../../shared/run/identity.ts';
import { createTokenMaking, type TokenMaking } from './acts/token-making.ts';
import { createTargetReader, type TargetReader } from './models/targets.ts';

/** What the dashboard may reach, and the files that it hands out. */
export type DashboardOutside = Pick<
  Outside,
  'documents' | 'hookDocuments' | 'publisher' | 'objects' | 'github' | 'clock' | 'random' | 'log'
> & { readonly assets: Assets; readonly keys: Readonly<Record<KeyName, Sealer>> };

/** The parts of the dashboard, made once for the life of an instance. */
export interface Services {
  readonly settings: DashboardConfiguration;
  readonly documents: Documents;
  readonly objects: ObjectStore;
  readonly github: GitHub;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: Identity;
  readonly access: Access;
  readonly audit: Audit;
  readonly limits: Limits;
  readonly cookies: Cookies;
  readonly grants: Grants;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly registration: Registration;
  readonly ownerSettings: OwnerSettings;
  readonly starter: Starter;
  readonly tokenMaking: TokenMaking;
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

export function createServices(outside: DashboardOutside, settings: DashboardConfiguration): Services {
  const { documents, objects, github, keys, clock, random, assets } = outside;
  const { dashboardUrl } = settings;
  const messenger = createMessenger(outside.publisher);
  const cookies = createCookies({ ring: settings.sessionKeys, dashboardUrl, clock, random });
  const grants = createGrants({ documents, github, key: createKey(settings.sessionKeys, random), clock });
  const sessions = createSessions({ documents, cookies, clock, random });
  const tokens = createTokens({ documents, clock, random });
  const access = createAccess({ github, documents, grants, clock });
  const results = createResultReader(objects);
  const log = createLogReader(objects);
  const excerpts = createExcerptReader(objects);
  const live = createLive({ documents, results, log, clock, dashboardUrl });
  return {
    settings,
    documents,
    objects,
    github,
    assets,
    clock,
    random,
    cookies,
    grants,
    sessions,
    tokens,
    identity: createIdentity({ sessions, tokens, grants, github, clock, dashboardUrl }),
    access,
    frame: (context) => ({
      assets,
      login: context.get('login') ?? null,
      signIn: context.get('isAnybody') === true ? signInLink(pathIn(context)) : null,
      now: clock.now(),
      click: newClick(random),
    }),
    audit: createAudit({ documents, clock, random }),
    limits: createLimits({ clock }),
    results,
    log,
    excerpts,
    live,
    registration: createRegistration({
      documents,
      messenger,
      hookDocuments: outside.hookDocuments,
      github,
      hookKey: keys.hooks,
      credentialKey: keys.credentials,
      fingerprints: createFingerprints(settings.sessionKeys),
      clock,
      random,
      volumeGiB: settings.volumeGiB,
    }),
    ownerSettings: createOwnerSettings({
      documents,
      credentialKey: keys.credentials,
      limits: settings.limits,
      messenger,
      clock,
      random,
    }),
    starter: createStarter({ documents, messenger, github, clock, random }),
    tokenMaking: createTokenMaking({ access, grants, tokens, clock }),
    targets: createTargetReader({ documents, results, excerpts, clock }),
    runModel: createRunModelReader({ documents, results, excerpts, live, clock }),
    logModel: createLogModelReader(log),
  };
}
