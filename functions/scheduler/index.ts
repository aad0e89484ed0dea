import { cloudEvent } from '@google-cloud/functions-framework';
import { systemClock } from '../../shared/clock.ts';
import { environment, readSettings, schedulerVariables } from '../../shared/config.ts';
import { createGoogleTokens } from '../../shared/google-token.ts';
import { clusterFromSettings } from '../../shared/kubernetes/from-settings.ts';
import { createLog } from '../../shared/log.ts';
import { signerFromSettings } from '../../shared/logs/from-settings.ts';
import { decodeRunEvent } from '../../shared/messages/codec.ts';
import { createEventHandler } from '../../shared/pubsub/event-handler.ts';
import { publisherFromSettings } from '../../shared/pubsub/from-settings.ts';
import { createFirestoreDocuments } from '../../shared/store/firestore.ts';
import { jobSettings } from './job-settings.ts';
import { createScheduler } from './scheduler.ts';
import { createJobStarter } from './start.ts';

const settings = readSettings(schedulerVariables, environment());
const clock = systemClock;
const token = createGoogleTokens();
const documents = createFirestoreDocuments({
  project: settings.YB_PROJECT,
  emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
});
const publisher = publisherFromSettings(settings, token);
const jobs = createJobStarter({
  documents,
  publisher,
  clock,
  cluster: clusterFromSettings(settings, token),
  signer: signerFromSettings(settings, token),
  credentials: settings.YB_KEYS_CREDENTIALS,
  settings: jobSettings(settings),
});

cloudEvent(
  'scheduler',
  createEventHandler({
    op: 'schedule',
    decode: decodeRunEvent,
    handle: createScheduler({ documents, publisher, jobs, clock }),
    publisher,
    log: createLog({ service: 'scheduler' }),
    clock,
  }),
);
