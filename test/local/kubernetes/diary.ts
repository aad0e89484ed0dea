import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalCluster, type Script, startLocalCluster } from '../../support/local-cluster.ts';

export const patience = { timeout: 30_000, interval: 25 };
export const merge = 'application/merge-patch+json';

export const claim = {
  metadata: { name: 'diary' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
export const exclusiveClaim = { ...claim, spec: { ...claim.spec, accessModes: ['ReadWriteOncePod'] } };

export const diaryVolume = { name: 'diary', persistentVolumeClaim: { claimName: 'diary' } };
export const diaryMounts = [{ name: 'diary', mountPath: '/diary' }];
export const podWithDiary = { volumes: [diaryVolume], terminationGracePeriodSeconds: 10 };

/** A cluster with a volume in which scripts tell what they did, in order. */
export interface ClusterWithDiary extends LocalCluster {
  /** What the scripts have told so far. */
  readonly told: () => readonly string[];
  /** A script that has the diary's file in `$DIARY`. */
  readonly write: (run: string) => Script;
}

export async function clusterWithDiary(kind: object = claim): Promise<ClusterWithDiary> {
  const cluster = await startLocalCluster();
  await cluster.create('persistentvolumeclaims', kind);
  const file = join(cluster.stateDir, 'volumes', 'diary', 'lines');
  return {
    ...cluster,
    told: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
    write: (run) => ({ run, mounts: diaryMounts, env: { DIARY: '/diary/lines' } }),
  };
}
