import { http } from '@google-cloud/functions-framework';
import { getRequestListener } from '@hono/node-server';
import { systemClock, systemRandom } from '../../shared/clock.ts';
import { dashboardVariables, environment, readSettings } from '../../shared/config.ts';
import { createWebFlow } from '../../shared/github/oauth.ts';
import { createPeopleGitHub } from '../../shared/github/people.ts';
import { createGoogleTokens } from '../../shared/google-token.ts';
import { createLog } from '../../shared/log.ts';
import { objectStoreFromSettings } from '../../shared/logs/from-settings.ts';
import { publisherFromSettings } from '../../shared/pubsub/from-settings.ts';
import { takeBodiesRaw } from '../../shared/raw-bodies.ts';
import { createFirestoreDocuments } from '../../shared/store/firestore.ts';
import { readAssets } from './assets.ts';
import { configurationOf } from './configuration.ts';
import { createDashboard } from './dashboard.tsx';

takeBodiesRaw();
const settings = readSettings(dashboardVariables, environment());
const configuration = configurationOf(settings);
const token = createGoogleTokens();
const timeoutMilliseconds = 10_000;

const app = createDashboard({
  settings: configuration,
  documents: createFirestoreDocuments({
    project: settings.YB_PROJECT,
    emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
  }),
  publisher: publisherFromSettings(settings, token),
  objects: objectStoreFromSettings(settings, token),
  github: createPeopleGitHub({ apiUrl: settings.YB_GITHUB_API_URL, clock: systemClock, timeoutMilliseconds }),
  webFlow: createWebFlow({
    githubUrl: configuration.githubUrl,
    clientId: settings.YB_GITHUB_CLIENT_ID,
    clientSecret: settings.YB_GITHUB_CLIENT_SECRET,
    callbackUrl: `${configuration.dashboardUrl}/auth/callback`,
    timeoutMilliseconds,
  }),
  assets: readAssets(new URL('assets/', import.meta.url)),
  clock: systemClock,
  random: systemRandom,
  log: createLog({ service: 'dashboard' }),
});

http('dashboard', getRequestListener(app.fetch));
