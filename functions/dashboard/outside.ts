import { systemClock, systemRandom } from '../../shared/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import { documentsOf } from '../../shared/google/firestore.ts';
import { objectsOf, publisherOf } from '../../shared/google/outside.ts';
import { kmsKeyOf } from '../../shared/google/kms.ts';
import { createGoogleTokens } from '../../shared/google/token.ts';
import { createLog } from '../../shared/log.ts';
import { readAssets } from './http/assets.ts';
import type { DashboardOutside } from './services.ts';
import type { DashboardSettings } from './settings.ts';

/** The real outside, as the settings name it, and the files beside the bundle. */
export function outsideOf(settings: DashboardSettings, assetFolder: URL): DashboardOutside {
  const token = createGoogleTokens();
  return {
    documents: documentsOf(settings),
    hookDocuments: documentsOf(settings, 'hooks'),
    publisher: publisherOf(settings),
    objects: objectsOf(settings, token, systemClock),
    github: createGitHub({
      apiUrl: settings.YB_GITHUB_API_URL,
      clock: systemClock,
      signIn: {
        webUrl: settings.YB_GITHUB_URL,
        clientId: settings.YB_GITHUB_CLIENT_ID,
        clientSecret: settings.YB_GITHUB_CLIENT_SECRET,
      },
    }),
    keys: {
      hooks: kmsKeyOf(settings, settings.YB_KMS_KEY_HOOKS, token),
      credentials: kmsKeyOf(settings, settings.YB_KMS_KEY_CREDENTIALS, token),
    },
    assets: readAssets(assetFolder),
    clock: systemClock,
    random: systemRandom,
    log: createLog({ service: 'dashboard', project: settings.YB_PROJECT }),
  };
}
