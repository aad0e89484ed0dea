import { systemClock } from '../shared/clock.ts';
import { environment, readSettings } from '../shared/config.ts';
import { parseJson } from '../shared/json.ts';
import { CheckoutFailure } from './checkout/failure.ts';
import { cleanVolume } from './cleaning/cleaning.ts';
import { CleaningSpec } from '../shared/attempt/spec.ts';
import { cleaningVariables } from '../shared/attempt/environment.ts';
import { writeTerminationMessage } from '../shared/attempt/termination.ts';

const settings = readSettings(cleaningVariables, environment());
const { epoch } = parseJson(CleaningSpec, settings.YB_SPEC, { what: 'YB_SPEC', code: 'bad-settings' });

// The first process of a container is not ended by a signal that nobody handles. What is half done is done again.
process.once('SIGTERM', () => {
  process.exit(128 + 15);
});

try {
  await cleanVolume({
    volumeFolder: settings.YB_VOLUME_DIR,
    epoch,
    path: settings.PATH,
    clock: systemClock,
    output: (line) => process.stdout.write(line),
  });
} catch (error) {
  if (!(error instanceof CheckoutFailure)) throw error;
  process.stdout.write(`yb: ${error.message}\n`);
  writeTerminationMessage(settings.YB_TERMINATION_FILE, error.exitCode, error.message);
  process.exitCode = error.exitCode;
}
