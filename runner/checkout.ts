import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '../shared/clock.ts';
import { environment, readSettings } from '../shared/config.ts';
import { parseJson } from '../shared/json.ts';
import { runCheckout } from './checkout/checkout.ts';
import { CheckoutSpec } from '../shared/attempt/spec.ts';
import { checkoutVariables } from '../shared/attempt/environment.ts';
import { writeTerminationMessage } from '../shared/attempt/termination.ts';

const settings = readSettings(checkoutVariables, environment());
const spec = parseJson(CheckoutSpec, settings.YB_SPEC, { what: 'YB_SPEC', code: 'bad-settings' });

// As the first process of a container, we would not be ended by a signal that nobody handles.
const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
});

try {
  const { code, message } = await runCheckout({
    spec,
    volumeFolder: settings.YB_VOLUME_DIR,
    runFolder: settings.YB_RUN_DIR,
    secretFolder: settings.YB_SECRET_DIR,
    path: settings.PATH,
    // Beside the bundle, as it is beside this file.
    buildScript: fileURLToPath(new URL('./build.sh', import.meta.url)),
    clock: systemClock,
    random: systemRandom,
    signal: stop.signal,
    output: (line) => process.stdout.write(line),
  });
  if (code !== 0) writeTerminationMessage(settings.YB_TERMINATION_FILE, code, message);
  process.exitCode = code;
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 128 + 15;
}
