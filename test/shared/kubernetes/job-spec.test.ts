import type { V1Container, V1Job } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckoutSpec, CourierSpec } from '../../../shared/attempt/spec.ts';
import { jobCauses, nameCauses } from '../../../local/kubernetes/validation.ts';
import { admitJob } from '../../../local/kubernetes/admission.ts';
import type { AttemptJob } from '../../../shared/outside/cluster.ts';
import { jobFor } from '../../../shared/kubernetes/job-spec.ts';
import { jobName } from '../../../shared/attempt/names.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';
import { restrictedProblems } from '../../support/pod-security.ts';
import { sampleRequest as request } from './sample-request.ts';

function containers(job: V1Job): Record<string, V1Container> {
  const pod = job.spec?.template.spec;
  const all = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  return Object.fromEntries(all.map((container) => [container.name, container]));
}

function environment(container: V1Container | undefined): Record<string, string | undefined> {
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
}

function withSettings(settings: Partial<AttemptJob['settings']>): V1Job {
  return jobFor({ ...request, settings: { ...request.settings, ...settings } }, 'builds');
}

describe('the Job of an attempt', () => {
  const job = jobFor(request, 'builds');
  const pod = job.spec?.template.spec;

  it('makes one Pod and never a second, and tells why it was lost', () => {
    expect(job.spec).toMatchObject({ backoffLimit: 0, completions: 1, parallelism: 1, podReplacementPolicy: 'Failed' });
    expect(pod?.restartPolicy).toBe('Never');
    expect(job.spec?.podFailurePolicy?.rules).toEqual([
      { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
  });

  it('ends by its deadline, gives the courier its grace, and stays for an hour', () => {
    expect(job.spec).toMatchObject({ activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 3600 });
    expect(pod?.terminationGracePeriodSeconds).toBe(600);
  });

  it('is found by labels, on the Job and on its Pod', () => {
    const labels = {
      'app.kubernetes.io/managed-by': 'yb',
      'yb/run': request.run.id,
      'yb/attempt': '2',
      'yb/repo': '4711',
    };
    expect(job.metadata).toMatchObject({ name: request.name, namespace: 'builds', labels });
    expect(job.spec?.template.metadata?.labels).toEqual(labels);
    // A ref is no valid label.
    expect(job.metadata?.annotations).toMatchObject({ 'yb/ref': 'refs/heads/feature/one', 'yb/sha': request.run.sha });
  });

  it('starts the courier before checkout, and the build after both', () => {
    expect(pod?.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['courier', 'Always'],
      ['checkout', undefined],
    ]);
    expect(pod?.containers.map(({ name }) => name)).toEqual(['build']);
  });

  it.each([
    ['courier', 'registry.example/runner@sha256:1', ['node', '/app/courier.mjs'], 1001],
    ['checkout', 'registry.example/runner@sha256:1', ['node', '/app/checkout.mjs'], 1000],
    ['build', 'registry.example/build@sha256:2', ['sh', '/run/yb/bin/build.sh'], 1000],
  ])('runs %s from its image as its own user', (name, image, command, runAsUser) => {
    expect(containers(job)[name]).toMatchObject({ image, command, securityContext: { runAsUser } });
  });

  it.each([
    [
      'courier',
      [
        ['run', '/run/yb', true],
        ['courier-secret', '/run/secrets/yb', true],
        ['courier-state', '/var/lib/yb', false],
      ],
    ],
    [
      'checkout',
      [
        ['volume', '/volume', false],
        ['run', '/run/yb', false],
        ['checkout-secret', '/run/secrets/yb', true],
        ['checkout-tmp', '/tmp', false],
      ],
    ],
    [
      'build',
      [
        ['volume', '/vol', false],
        ['run', '/run/yb', false],
        ['shm', '/dev/shm', false],
      ],
    ],
  ])('gives %s what it needs and no more', (name, mounts) => {
    const mounted = containers(job)[name]?.volumeMounts ?? [];

    expect(mounted.map(({ name, mountPath, readOnly }) => [name, mountPath, readOnly === true])).toEqual(mounts);
  });

  it('shows the build its own part of the volume alone', () => {
    expect(containers(job)['build']?.volumeMounts).toContainEqual({
      name: 'volume',
      mountPath: '/vol',
      subPath: 'build',
    });
    expect(containers(job)['checkout']?.volumeMounts?.[0]).not.toHaveProperty('subPath');
  });

  it.each([
    ['courier', ['YB_SPEC', 'YB_RUN_DIR', 'YB_SECRET_DIR', 'YB_STATE_DIR', 'TMPDIR', 'YB_TERMINATION_FILE']],
    ['checkout', ['YB_SPEC', 'YB_VOLUME_DIR', 'YB_RUN_DIR', 'YB_SECRET_DIR', 'TMPDIR', 'YB_TERMINATION_FILE']],
    ['build', ['YB_BUILD_DIR', 'YB_RUN_DIR', 'YB_SHM_DIR', 'YB_TERMINATION_FILE']],
  ])('tells %s its paths in its environment', (name, variables) => {
    expect(Object.keys(environment(containers(job)[name]))).toEqual(variables);
  });

  it('tells the programs what they read', () => {
    const { courier, checkout } = containers(job);

    expect(CourierSpec.parse(JSON.parse(environment(courier)['YB_SPEC'] ?? ''))).toEqual({
      v: 1,
      runId: request.run.id,
      attempt: 2,
      epoch: 7,
      maxLogBytes: 2 * 1024 ** 3,
      graceSeconds: 600,
    });
    expect(CheckoutSpec.parse(JSON.parse(environment(checkout)['YB_SPEC'] ?? ''))).toMatchObject({
      runId: request.run.id,
      attempt: 2,
      epoch: 7,
      repository: { fullName: 'demo/hello', cloneUrl: 'https://github.com/demo/hello.git' },
      ref: 'refs/heads/feature/one',
      sha: request.run.sha,
      defaultBranch: 'main',
      allowInsecure: false,
      machine: { cpus: 2, memoryMiB: 4096 },
      bazel: request.settings.bazel,
    });
  });

  it('projects each key of the Secret into the one container that needs it', () => {
    const keys = (volume: string) =>
      pod?.volumes?.find(({ name }) => name === volume)?.secret?.items?.map(({ key }) => key);

    expect(keys('checkout-secret')).toEqual(['token']);
    expect(keys('courier-secret')).toEqual(['upload.json', 'mask.json']);
    expect(pod?.volumes?.filter(({ secret }) => secret !== undefined).map(({ secret }) => secret?.secretName)).toEqual([
      request.name,
      request.name,
    ]);
  });

  it('limits what fills up: the log with what stands beside it, memory, /dev/shm', () => {
    const sizes = Object.fromEntries(
      (pod?.volumes ?? []).flatMap(({ name, emptyDir }) => (emptyDir ? [[name, Number(emptyDir.sizeLimit)]] : [])),
    );

    expect(sizes['run']).toBeGreaterThan(request.settings.maxLogBytes);
    expect(sizes['courier-state']).toBeGreaterThan(request.settings.maxLogBytes);
    expect(sizes['shm']).toBe(request.settings.shmBytes);
    expect(containers(job)['build']?.resources).toEqual({
      requests: { cpu: '2', memory: '4Gi' },
      limits: { memory: '4Gi' },
    });
  });

  it('keeps the rules of Pod Security "restricted", and a read-only root for our own programs', () => {
    expect(restrictedProblems(job.spec?.template.spec)).toEqual([]);
    expect(containers(job)['courier']?.securityContext?.readOnlyRootFilesystem).toBe(true);
    expect(containers(job)['checkout']?.securityContext?.readOnlyRootFilesystem).toBe(true);
  });

  it('has no identity in the cluster and learns nothing about it', () => {
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod).not.toHaveProperty('serviceAccountName');
  });

  it('runs under gVisor unless the installation says that it has one customer', () => {
    expect(pod?.runtimeClassName).toBe('gvisor');
    expect(withSettings({ runtimeClassName: null }).spec?.template.spec).not.toHaveProperty('runtimeClassName');
  });

  it('goes where the installation sends it', () => {
    const tolerations = [{ key: 'builds', operator: 'Exists', effect: 'NoSchedule' }] as const;
    const placed = withSettings({
      nodeSelector: { 'cloud.google.com/gke-spot': 'true' },
      tolerations,
      imagePullPolicy: 'IfNotPresent',
      serviceAccountName: 'build',
      resources: { cpu: '1', memory: '1Gi', ephemeralStorage: '20Gi' },
    });

    expect(placed.spec?.template.spec).toMatchObject({
      nodeSelector: { 'cloud.google.com/gke-spot': 'true' },
      tolerations,
      serviceAccountName: 'build',
    });
    for (const container of Object.values(containers(placed))) expect(container.imagePullPolicy).toBe('IfNotPresent');
    expect(containers(placed)['build']?.resources?.limits).toMatchObject({ 'ephemeral-storage': '20Gi' });
    expect(schemaProblems('V1Job', placed)).toEqual([]);
  });

  it('has only fields that Kubernetes knows, of the types that it knows', () => {
    expect(schemaProblems('V1Job', job)).toEqual([]);
    expect(schemaProblems('V1Job', { spec: { backOffLimit: 0 } })).toEqual([
      'V1Job.spec.backOffLimit: unknown to V1JobSpec',
    ]);
  });

  it('is valid whatever its run, and its name is as short as a Job needs it', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 });
    const runs = fc.record({
      id: fc.stringMatching(/^[a-z0-9]{26}$/),
      attempt: fc.integer({ min: 1, max: 99 }),
      repoId: fc.bigInt({ min: 1n, max: 10n ** 15n }).map(String),
      ref: text,
      sha: fc.stringMatching(/^[0-9a-f]{40}$/),
    });
    fc.assert(
      fc.property(runs, text, (run, fullName) => {
        const name = jobName(run);
        const made = jobFor({ ...request, name, run, repository: { ...request.repository, fullName } }, 'builds');

        expect(nameCauses(name, 'metadata.name', 63)).toEqual([]);
        const admitted = admitJob(made, { namespace: 'builds', now: new Date() });
        expect(jobCauses({ ...admitted.spec, selector: undefined })).toEqual([]);
        expect(JSON.parse(environment(containers(made)['checkout'])['YB_SPEC'] ?? '')).toMatchObject({ ref: run.ref });
      }),
      { numRuns: 200 },
    );
  });
});
