import { systemClock, systemRandom } from '../../shared/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import { documentsOf } from '../../shared/google/firestore.ts';
import { publisherOf, signerOf } from '../../shared/google/outside.ts';
import { kmsKeyOf } from '../../shared/google/kms.ts';
import { createGoogleTokens } from '../../shared/google/token.ts';
import { clusterOf } from '../../shared/kubernetes/outside.ts';
import { githubAppOf } from '../../shared/settings-parts.ts';
import { createLog } from '../../shared/log.ts';
import type { SchedulerOutside } from './scheduler.ts';
import type { SchedulerSettings } from './settings.ts';

/** The real outside, as the settings name it. */
export function outsideOf(settings: SchedulerSettings): SchedulerOutside {
  const token = createGoogleTokens();
  return {
    documents: documentsOf(settings),
    publisher: publisherOf(settings),
    cluster: clusterOf(settings, token),
    github: createGitHub({ apiUrl: settings.YB_GITHUB_API_URL, clock: systemClock, app: githubAppOf(settings) }),
    signer: signerOf(settings, token),
    keys: { credentials: kmsKeyOf(settings, settings.YB_KMS_KEY_CREDENTIALS, token) },
    clock: systemClock,
    random: systemRandom,
    log: createLog({ service: 'scheduler', project: settings.YB_PROJECT }),
  };
}
