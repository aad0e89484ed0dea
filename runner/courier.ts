import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { environment, readSettings } from '../shared/config.ts';
import { parseJson } from '../shared/json.ts';
import { createLog } from '../shared/log.ts';
import { UploadGrant } from '../shared/attempt/upload-grant.ts';
import { runCourier } from './courier/courier.ts';
import { CourierSpec } from '../shared/attempt/spec.ts';
import { courierVariables } from '../shared/attempt/environment.ts';
import { MaskFile } from '../shared/attempt/secret.ts';

const settings = readSettings(courierVariables, environment());
const spec = parseJson(CourierSpec, settings.YB_SPEC, { what: 'YB_SPEC', code: 'bad-settings' });
const secret = (name: string) => readFileSync(join(settings.YB_SECRET_DIR, name), 'utf8');
const grant = parseJson(UploadGrant, secret('upload.json'), { what: 'upload.json', code: 'bad-settings' });
// Without knowing what to mask nothing may leave.
const { values } = parseJson(MaskFile, secret('mask.json'), { what: 'mask.json', code: 'bad-settings' });
const log = createLog({ service: 'courier' });

const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
});

const { result, delivered } = await runCourier({
  spec,
  grant,
  secrets: values,
  runFolder: settings.YB_RUN_DIR,
  stateFolder: join(settings.YB_STATE_DIR ?? tmpdir(), `yb-courier-${spec.runId}-${spec.attempt}`),
  clock: systemClock,
  random: systemRandom,
  stop: stop.signal,
  onFailure: ({ name, status }) => {
    log.warn({ run: spec.runId, object: name, status }, 'upload failed');
  },
});
const { exitCode, complete, bytes, chunks, missing } = result;
log.info({ run: spec.runId, delivered, exitCode, complete, bytes, chunks, missing: missing.length }, 'attempt carried');
process.exitCode = delivered ? 0 : 1;
