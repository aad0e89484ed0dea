import type { DashboardSettings } from '../../shared/config.ts';
import type { DashboardConfiguration } from './services.ts';

const version = '0.1.0';

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
    },
    volumeGiB: settings.YB_VOLUME_GIB,
    keys: {
      hooks: settings.YB_KEYS_HOOKS,
      credentials: settings.YB_KEYS_CREDENTIALS,
      sessions: settings.YB_KEYS_SESSIONS,
    },
  };
}
