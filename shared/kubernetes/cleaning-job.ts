import type { CleaningJob } from '../outside/cluster.ts';
import type { V1Job } from '@kubernetes/client-node';
import type * as z from 'zod';
import type { CleaningVariables } from '../attempt/environment.ts';
import type { CleaningSpec } from '../attempt/spec.ts';
import { jobBase } from './job-spec.ts';
import { attemptLabels, managedBy, volumeLabel } from './labels.ts';
import { container, environment, podBase, security, staysOnItsNode, uids } from './pod-parts.ts';
import { paths, volumes } from './pod-volumes.ts';

/** Waiting for a node and its disk included. Half a million files are gone in a minute. */
const deadlineSeconds = 1800;
const graceSeconds = 30;

/** The Job that cleans one volume: it holds the volume, no secret and no right. A lost Pod ends it. */
export function cleaningJobFor(request: CleaningJob, namespace: string): V1Job {
  const { settings } = request;
  const labels = {
    [managedBy.label]: managedBy.value,
    [attemptLabels.repo]: request.repoId,
    [volumeLabel]: String(request.volume),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: request.name, namespace, labels },
    spec: {
      ...jobBase,
      activeDeadlineSeconds: deadlineSeconds,
      template: {
        metadata: { labels, annotations: { ...staysOnItsNode } },
        spec: {
          ...podBase(settings, graceSeconds),
          containers: [
            {
              ...container(settings, settings.runnerImage),
              name: 'cleaning',
              command: ['node', '/app/clean.mjs'],
              env: environment<CleaningVariables>({
                YB_SPEC: JSON.stringify({ v: 1, epoch: request.epoch } satisfies z.input<typeof CleaningSpec>),
                YB_VOLUME_DIR: paths.volume,
              }),
              resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { memory: '512Mi' } },
              securityContext: security({ uid: uids.runner, readOnlyRoot: true }),
              volumeMounts: [{ name: volumes.volume, mountPath: paths.volume }],
            },
          ],
          volumes: [{ name: volumes.volume, persistentVolumeClaim: { claimName: request.diskName } }],
        },
      },
    },
  };
}
