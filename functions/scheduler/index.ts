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
import { createCleaner } from './cleaning.ts';
import { createScheduler } from './scheduler.ts';
import { createJobStarter } from './start.ts';

const settings = readSettings(schedulerVariables, environment());
const clock = systemClock;
const token = createGoogleTokens();
const publisher = publisherFromSettings(settings, token);
const common = {
  documents: createFirestoreDocuments({
    project: settings.YB_PROJECT,
    emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
  }),
  publisher,
  clock,
  cluster: clusterFromSettings(settings, token),
  settings: jobSettings(settings),
};
const signer = signerFromSettings(settings, token);
const jobs = createJobStarter({ ...common, signer, credentials: settings.YB_KEYS_CREDENTIALS });

cloudEvent(
  'scheduler',
  createEventHandler({
    op: 'schedule',
    decode: decodeRunEvent,
    handle: createScheduler({ ...common, jobs, cleaner: createCleaner(common) }),
    publisher,
    log: createLog({ service: 'scheduler' }),
    clock,
  }),
);
