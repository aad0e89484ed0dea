import { cloudEvent } from '@google-cloud/functions-framework';
import { systemClock } from '../../shared/clock.ts';
import { environment, readSettings, watcherVariables } from '../../shared/config.ts';
import { createGitHubClients } from '../../shared/github/client.ts';
import { createGoogleTokens } from '../../shared/google-token.ts';
import { clusterFromSettings } from '../../shared/kubernetes/from-settings.ts';
import { createLog } from '../../shared/log.ts';
import { objectStoreFromSettings } from '../../shared/logs/from-settings.ts';
import { decodeJobEvent } from '../../shared/messages/codec.ts';
import { createEventHandler } from '../../shared/pubsub/event-handler.ts';
import { publisherFromSettings } from '../../shared/pubsub/from-settings.ts';
import { createFirestoreDocuments } from '../../shared/store/firestore.ts';
import { createWatcher } from './watcher.ts';

const settings = readSettings(watcherVariables, environment());
const clock = systemClock;
const token = createGoogleTokens();
const publisher = publisherFromSettings(settings, token);

cloudEvent(
  'watcher',
  createEventHandler({
    op: 'watch',
    decode: decodeJobEvent,
    handle: createWatcher({
      documents: createFirestoreDocuments({
        project: settings.YB_PROJECT,
        emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
      }),
      cluster: clusterFromSettings(settings, token),
      objects: objectStoreFromSettings(settings, token),
      github: createGitHubClients({ apiUrl: settings.YB_GITHUB_API_URL, clock, timeoutMilliseconds: 10_000 }),
      credentials: settings.YB_KEYS_CREDENTIALS,
      dashboardUrl: settings.YB_DASHBOARD_URL,
      publisher,
      clock,
      patience: { imageSeconds: settings.YB_IMAGE_WAIT_SECONDS, startSeconds: settings.YB_START_WAIT_SECONDS },
    }),
    publisher,
    log: createLog({ service: 'watcher' }),
    clock,
  }),
);
