import { systemClock, systemRandom } from '../../shared/clock.ts';
import { hooksOf, quickPublisherOf } from '../../shared/google/outside.ts';
import { createGoogleTokens } from '../../shared/google/token.ts';
import { createLog } from '../../shared/log.ts';
import { createKey } from '../../shared/sealing.ts';
import type { WebhookSettings } from './settings.ts';
import type { WebhookOutside } from './webhook.ts';

/** The real outside, as the settings name it. */
export function outsideOf(settings: WebhookSettings): WebhookOutside {
  const token = createGoogleTokens();
  return {
    hooks: hooksOf(settings, token),
    publisher: quickPublisherOf(settings, token),
    keys: { hooks: createKey(settings.YB_KEYS_HOOKS, systemRandom) },
    clock: systemClock,
    log: createLog({ service: 'webhook', project: settings.YB_PROJECT }),
  };
}
