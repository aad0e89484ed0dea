import { systemClock, systemRandom } from '../../shared/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import { documentsOf } from '../../shared/google/firestore.ts';
import { deadLettersOf, objectsOf, publisherOf } from '../../shared/google/outside.ts';
import { kmsKeyOf } from '../../shared/google/kms.ts';
import { createGoogleTokens } from '../../shared/google/token.ts';
import { clusterOf } from '../../shared/kubernetes/outside.ts';
import { githubAppOf } from '../../shared/settings-parts.ts';
import { createLog } from '../../shared/log.ts';
import type { WatcherSettings } from './settings.ts';
import type { WatcherOutside } from './watcher.ts';

/** The real outside, as the settings name it. */
export function outsideOf(settings: WatcherSettings): WatcherOutside {
  const token = createGoogleTokens();
  return {
    documents: documentsOf(settings),
    publisher: publisherOf(settings),
    deadLetters: deadLettersOf(settings, token),
    cluster: clusterOf(settings, token),
    objects: objectsOf(settings, token, systemClock),
    github: createGitHub({ apiUrl: settings.YB_GITHUB_API_URL, clock: systemClock, app: githubAppOf(settings) }),
    keys: { credentials: kmsKeyOf(settings, settings.YB_KMS_KEY_CREDENTIALS, token) },
    clock: systemClock,
    random: systemRandom,
    log: createLog({ service: 'watcher', project: settings.YB_PROJECT }),
  };
}
