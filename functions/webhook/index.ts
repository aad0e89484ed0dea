import { http } from '@google-cloud/functions-framework';
import { systemClock } from '../../shared/clock.ts';
import { environment, readSettings, webhookVariables } from '../../shared/config.ts';
import { createGoogleTokens } from '../../shared/google-token.ts';
import { createLog } from '../../shared/log.ts';
import { publisherFromSettings } from '../../shared/pubsub/from-settings.ts';
import { takeBodiesRaw } from '../../shared/raw-bodies.ts';
import { createHookStore } from '../../shared/store/hook-store.ts';
import { createReceiver } from './receive.ts';

const settings = readSettings(webhookVariables, environment());
const token = createGoogleTokens();
const receive = createReceiver({
  hooks: createHookStore({
    project: settings.YB_PROJECT,
    emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
    token,
    timeoutMilliseconds: 4000,
  }),
  keys: settings.YB_KEYS_HOOKS,
  publisher: publisherFromSettings(settings, token),
  clock: systemClock,
  log: createLog({ service: 'webhook' }),
});

takeBodiesRaw();
http('webhook', async (request, response) => {
  const { method, path, headers, rawBody } = request;
  const answer = await receive({ method, path, headers, body: rawBody ?? new Uint8Array() });
  // Not `json()`: it would compute an entity tag of every answer.
  response
    .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    .end(JSON.stringify(answer.body));
});
