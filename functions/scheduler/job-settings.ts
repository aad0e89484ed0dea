import { allowedRegistries } from '../../shared/settings-parts.ts';
import type { SchedulerSettings } from './settings.ts';
import type { JobStarterOptions } from './start.ts';

/** What a Job is made of, from the function's settings. */
export function jobSettings(settings: SchedulerSettings): JobStarterOptions['settings'] {
  return {
    gitUrl: settings.YB_JOB_GIT_URL ?? settings.YB_GITHUB_GIT_URL,
    bucket: settings.YB_LOG_BUCKET,
    storageEndpoint: settings.YB_JOB_STORAGE_ENDPOINT ?? settings.YB_STORAGE_ENDPOINT,
    registries: allowedRegistries(settings),
    volumes: { storageClass: settings.YB_STORAGE_CLASS ?? null, accessMode: settings.YB_VOLUME_ACCESS_MODE },
    job: {
      runnerImage: settings.YB_RUNNER_IMAGE,
      buildImage: settings.YB_BUILD_IMAGE,
      ...(settings.YB_IMAGE_PULL_POLICY === undefined ? {} : { imagePullPolicy: settings.YB_IMAGE_PULL_POLICY }),
      runtimeClassName: settings.YB_RUNTIME_CLASS === 'none' ? null : settings.YB_RUNTIME_CLASS,
      ...(settings.YB_NODE_SELECTOR === undefined ? {} : { nodeSelector: settings.YB_NODE_SELECTOR }),
      ...(settings.YB_TOLERATIONS === undefined ? {} : { tolerations: settings.YB_TOLERATIONS }),
      deadlineSeconds: settings.YB_JOB_DEADLINE_SECONDS,
      graceSeconds: 600,
      resources: {
        cpu: settings.YB_JOB_CPU,
        memory: settings.YB_JOB_MEMORY,
        ephemeralStorage: settings.YB_JOB_EPHEMERAL_STORAGE,
      },
      shmBytes: settings.YB_JOB_SHM_BYTES,
      maxLogBytes: settings.YB_MAX_LOG_BYTES,
      allowInsecure: settings.YB_LOCAL,
      bazel: { targets: ['//...'], flags: [], flakyAttempts: 2, diskCacheBytes: settings.YB_DISK_CACHE_BYTES },
      room: { bytes: settings.YB_MIN_FREE_BYTES, inodes: settings.YB_MIN_FREE_INODES },
    },
  };
}
