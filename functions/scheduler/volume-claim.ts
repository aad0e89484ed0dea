import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { type AccessMode, type JobSettings, claimFor } from '../../shared/kubernetes/job-spec.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import { claimName } from '../../shared/volume/volume.ts';

/** What an installation decides about the disks of volumes. */
export interface VolumeSettings {
  /** Null for the cluster's default. */
  readonly storageClass: string | null;
  readonly accessMode: AccessMode;
}

/** The claim of a repository's volume. */
export function volumeClaim(
  repository: Pick<Repository, 'id' | 'volumes'>,
  index: number,
  settings: { readonly job: Pick<JobSettings, 'namespace'>; readonly volumes: VolumeSettings },
): V1PersistentVolumeClaim {
  return claimFor({
    name: claimName(repository.id, index),
    namespace: settings.job.namespace,
    sizeGiB: repository.volumes.sizeGiB,
    ...settings.volumes,
  });
}
