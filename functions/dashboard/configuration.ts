import { allowedRegistries } from '../../shared/settings-parts.ts';
import type { KeyRing } from '../../shared/sealing.ts';
import type { SettingsLimits } from '../../shared/repository/settings.ts';
import type { DashboardSettings } from './settings.ts';

const version = '0.1.0';

export interface DashboardConfiguration {
  readonly version: string;
  /** Addresses without a slash at their end. */
  readonly dashboardUrl: string;
  readonly webhookUrl: string;
  /** Of GitHub's pages. */
  readonly githubUrl: string;
  /** What a repository may have at most. */
  readonly limits: SettingsLimits;
  /** The size of new volumes. */
  readonly volumeGiB: number;
  /** Of GitHub's App with which people sign in. */
  readonly clientId: string;
  /** Where people install the App on their repositories; null if that is not known. */
  readonly installUrl: string | null;
  /** Seal the cookies: the dashboard's alone. */
  readonly sessionKeys: KeyRing;
}

/** The dashboard's own view of its settings. */
export function configurationOf(settings: DashboardSettings): DashboardConfiguration {
  return {
    version,
    dashboardUrl: settings.YB_DASHBOARD_URL,
    webhookUrl: settings.YB_WEBHOOK_URL,
    githubUrl: settings.YB_GITHUB_URL,
    limits: {
      cpu: settings.YB_MAX_CPU,
      memory: settings.YB_MAX_MEMORY,
      deadlineSeconds: settings.YB_MAX_DEADLINE_SECONDS,
      registries: allowedRegistries(settings),
    },
    volumeGiB: settings.YB_VOLUME_GIB,
    clientId: settings.YB_GITHUB_CLIENT_ID,
    installUrl:
      settings.YB_GITHUB_APP_SLUG === undefined
        ? null
        : `${settings.YB_GITHUB_URL}/apps/${settings.YB_GITHUB_APP_SLUG}/installations/new`,
    sessionKeys: settings.YB_KEYS_SESSIONS,
  };
}
