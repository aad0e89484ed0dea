import { describe, expect, it } from 'vitest';
import { admitJob } from '../../../local/kubernetes/admission.ts';
import { CleaningSpec } from '../../../shared/attempt/spec.ts';
import { cleaningJobFor } from '../../../shared/kubernetes/cleaning-job.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';
import { restrictedProblems } from '../../support/pod-security.ts';
import { sampleRequest } from './sample-request.ts';

const toleration = { key: 'builds', operator: 'Exists', effect: 'NoSchedule' } as const;
const order = {
  kind: 'cleaning',
  name: 'clean-4711-0-7',
  repoId: '4711',
  volume: 0,
  epoch: 7,
  diskName: 'vol-4711-0',
  settings: { ...sampleRequest.settings, nodeSelector: { pool: 'builds' }, tolerations: [toleration] },
} as const;
const job = cleaningJobFor(order, 'builds');
const pod = job.spec?.template.spec;

describe('the Job that cleans a volume', () => {
  it('is one that Kubernetes takes, under Pod Security restricted', () => {
    expect(schemaProblems('V1Job', job)).toEqual([]);
    expect(restrictedProblems(pod)).toEqual([]);
    expect(() => admitJob(job, { namespace: 'builds', now: new Date() })).not.toThrow();
  });

  it('makes one Pod, where builds run, and ends by its own deadline', () => {
    expect(job.spec).toMatchObject({ backoffLimit: 0, podReplacementPolicy: 'Failed', activeDeadlineSeconds: 1800 });
    expect(pod).toMatchObject({
      restartPolicy: 'Never',
      runtimeClassName: 'gvisor',
      nodeSelector: { pool: 'builds' },
      tolerations: [toleration],
      securityContext: { fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' },
    });
  });

  it('holds the volume, under its epoch, and no secret', () => {
    const [container, ...others] = pod?.containers ?? [];
    expect(others).toEqual([]);
    expect(pod?.initContainers).toBeUndefined();
    expect(pod?.volumes).toEqual([{ name: 'volume', persistentVolumeClaim: { claimName: 'vol-4711-0' } }]);
    const spec = container?.env?.find(({ name }) => name === 'YB_SPEC')?.value ?? '';
    expect(CleaningSpec.strict().parse(JSON.parse(spec))).toEqual({ v: 1, epoch: 7 });
    expect(container?.securityContext).toMatchObject({ runAsUser: 1000, readOnlyRootFilesystem: true });
  });

  it('is found by what it is about, and nothing is read out of its name', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'yb', 'yb/repo': '4711', 'yb/volume': '0' };
    expect(job.metadata).toEqual({ name: 'clean-4711-0-7', namespace: 'builds', labels });
    expect(job.spec?.template.metadata?.labels).toEqual(labels);
  });
});
