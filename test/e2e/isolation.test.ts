import { dirname, join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import * as z from 'zod';
import type { Author } from '../../local/author.ts';
import { type Kube, openKube } from '../../local/cluster/client.ts';
import { bucket, project } from '../../local/environment.ts';
import { environment } from '../../shared/config.ts';
import { jobName } from '../../shared/attempt/names.ts';
import { UploadGrant } from '../../shared/attempt/upload-grant.ts';
import { RunResult } from '../../shared/attempt/result.ts';
import { type HostileClone, createHostileClone } from '../support/hostile-repository.ts';
import { type ApiRun, inCluster } from '../support/local-system.ts';
import { givenSecret, missingProbes, probesOf, shmMegabytes, successes } from '../support/hostile-log.ts';
import { publishedObjects } from '../support/published-objects.ts';

/** A run in a Pod takes half a minute where nothing else goes on, and some of these are tried twice. */
const limit = 300_000;
const megabytes = 1024 ** 2;

/** The part of a run's document that no page shows, as Firestore writes it. */
const StoredRun = z.object({
  fields: z.object({
    pastAttempts: z.object({
      arrayValue: z.object({
        values: z.array(
          z.object({
            mapValue: z.object({ fields: z.object({ code: z.object({ stringValue: z.string() }) }) }),
          }),
        ),
      }),
    }),
  }),
});

interface Scene {
  readonly author: Author;
  readonly clone: HostileClone;
  readonly kube: Kube;
}

inCluster(
  (rig) => {
    const made: { scene?: Promise<Scene> } = {};
    const runs: { readonly run: ApiRun; readonly log: string }[] = [];

    it(
      'refuses a build whatever it tries to get or to become',
      async () => {
        const { run, log } = await push({ probe: 'probe.py', 'plant!': 'plant.py tree' }, 'Look around');

        expect(run).toMatchObject({ verdict: 'failed', attempt: 1 });
        const probes = probesOf(log);
        // Each was really made, and told; the one of the wrapper is told by itself.
        expect(`${probes.size - 1}`).toBe(/^probes made: (\d+)$/m.exec(log)?.[1]);
        expect(missingProbes(probes)).toEqual([]);
        expect(successes(probes)).toEqual([]);
        expect(probes.size).toBeGreaterThan(80);
        expect(log.match(/^planted /gm), log).toHaveLength(10);
      },
      limit,
    );

    it('is admitted under Pod Security "restricted", and mounts each secret into one container alone', async () => {
      const { kube } = await scene();
      const { namespace } = rig().system;
      const name = nameOf(0);
      const { metadata } = await kube.core.readNamespace({ name: namespace });
      expect(metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
      const hostPath = { name: 'host', hostPath: { path: '/' } };
      const greedy: V1Pod = {
        metadata: { name: 'greedy' },
        spec: { containers: [{ name: 'a', image: 'a' }], volumes: [hostPath], hostPID: true },
      };
      await expect(kube.core.createNamespacedPod({ namespace, body: greedy, dryRun: 'All' })).rejects.toMatchObject({
        code: 403,
        body: expect.stringContaining('PodSecurity'),
      });

      const [pod] = (await kube.core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` })).items;
      expect(pod?.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      for (const field of ['shareProcessNamespace', 'hostPID', 'hostIPC', 'hostNetwork'] as const) {
        expect(pod?.spec?.[field] ?? false, field).toBe(false);
      }
      const containers = [...(pod?.spec?.initContainers ?? []), ...(pod?.spec?.containers ?? [])];
      for (const { securityContext } of containers) {
        expect(securityContext?.procMount ?? 'Default').toBe('Default');
        expect(securityContext?.capabilities).toEqual({ drop: ['ALL'] });
      }
      expect(Object.fromEntries(containers.map((one) => [one.name, keysOf(pod, one)]))).toEqual({
        courier: ['upload.json', 'mask.json'],
        checkout: ['token'],
        build: [`env.${givenSecret.name}`],
      });
      expect(pod?.spec?.volumes?.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'))).toEqual([
        'persistentVolumeClaim',
        'emptyDir',
        'emptyDir',
        'secret',
        'secret',
        'secret',
        'emptyDir',
        'emptyDir',
      ]);
      const claimed = pod?.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName ?? '';
      const claim = await kube.core.readNamespacedPersistentVolumeClaim({ namespace, name: claimed });
      expect(claim.spec?.accessModes).toEqual(['ReadWriteOncePod']);

      const job = await kube.batch.readNamespacedJob({ namespace, name });
      const events = await kube.core.listNamespacedEvent({ namespace });
      const objects = JSON.stringify([job, pod, events, claim]);
      for (const secret of await secrets()) expect(objects).not.toContain(secret);
    });

    it(
      'obeys nothing that a hostile run left for the next one',
      async () => {
        const { clone } = await scene();
        const lure = 'lure.py && python3 /vol/src/hostile/plant.py link';
        const { run, log } = await push({ listing: 'listing.py', 'lure!': lure }, 'Lure the courier');

        expectTree(log, clone.listing(run.sha));
        // In place, without starting anew: the traps were taken away one by one.
        expect(log).not.toContain('once more');
        expect(log.match(/^lured .*$/gm)).toEqual(
          expect.arrayContaining([
            "lured log by a link to the reader's environment",
            'lured a device: Operation not permitted',
          ]),
        );
        expect(log.match(/^lured /gm)).toHaveLength(11);
      },
      limit,
    );

    it('publishes nothing that the build could not read, and waits for nothing', async () => {
      const run = runs[1]?.run;
      expect(run).toMatchObject({ verdict: 'failed', attempt: 1 });
      const names = [...published().keys()].filter((name) => name.includes(run?.id ?? '?'));
      expect(names.filter((name) => /\/tests\/|profile/.test(name))).toEqual([]);
      const result = resultOf(run?.id ?? '', 1);
      expect(result).toMatchObject({ exitCode: 3, complete: true, events: { complete: true, exitCode: 3 } });
      expect(result.phases).not.toHaveProperty('checkout');
    });

    it(
      'takes no forged last word for a success, nor for that of another attempt',
      async () => {
        const { clone } = await scene();
        const { run, log } = await push({ listing: 'listing.py', 'forge!': 'forge.py' }, 'Forge the evidence');

        // The second attempt did not lie.
        expect(run).toMatchObject({ verdict: 'failed', attempt: 2 });
        expect(log).toContain('forged nothing');
        expectTree(log, clone.listing(run.sha));
        const forged = resultOf(run.id, 1);
        // It came through as far as the build can speak: who it was is not for it to say, nor how its container ended.
        expect(forged).toMatchObject({ exitCode: 0, toolchain: '9.9.9', events: { complete: true, exitCode: 0 } });
        expect(forged).toMatchObject({ runId: run.id, attempt: 1 });
        expect(forged.epoch).toBeLessThan(100);
        expect(forged.counts.tests).toBeGreaterThan(10_000);
        expect(await pastCodes(run)).toEqual(['unproved']);
        const names = [...published().keys()].filter((name) => name.includes(`${run.id}/1/tests/`));
        expect(names).toEqual([]);
        expect([...published().keys()].filter((name) => name.includes('f'.repeat(26)))).toEqual([]);
        const text = published().get(`logs/${run.id}/1/build.log`)?.toString() ?? '';
        expectTree(text, clone.listing(run.sha));
      },
      limit,
    );

    it(
      'ends a build that takes the disk of its node, and says so',
      async () => {
        const { run } = await push({ fill: 'fill.py' }, 'Fill the disk');

        // The second attempt did not.
        expect(run).toMatchObject({ verdict: 'passed', attempt: 2 });
        expect(await pastCodes(run)).toEqual(['storage-exceeded']);
      },
      limit,
    );

    it('lets no secret into anything that was published', async () => {
      const objects = published();
      const known = await secrets();
      // One token, one secret, and for each of six attempts three signed forms and a signed URL.
      expect(known).toHaveLength(1 + 1 + 6 * (3 * 2 + 1));
      for (const [name, bytes] of objects) {
        for (const secret of [...known, 'YB_SPEC', 'x-goog-signature']) {
          expect(bytes.includes(secret) || bytes.includes(Buffer.from(secret).toString('base64')), name).toBe(false);
        }
      }
      expect([...objects.values()].some((bytes) => bytes.includes('probe status = Uid=1000'))).toBe(true);
    });

    async function scene(): Promise<Scene> {
      made.scene ??= createScene();
      return await made.scene;
    }

    async function createScene(): Promise<Scene> {
      const { system } = rig();
      const kube = openKube(environment()['KUBECONFIG'] ?? '');
      const author = await rig().author('hostile');
      const inside = (url: string) => url.replace('127.0.0.1', environment()['YB_JOB_HOST'] ?? '');
      const service = await kube.core.readNamespacedService({ name: 'kubernetes', namespace: 'default' });
      const [node] = (await kube.core.listNode()).items;
      const address = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
      const server = new URL(kube.config.getCurrentCluster()?.server ?? '');
      const clone = await createHostileClone(author, {
        api: [`https://${service.spec?.clusterIP ?? ''}`, server.origin, `https://${address}:${server.port || '443'}`],
        kubelet: `https://${address}:10250`,
        namespace: system.namespace,
        git: inside(author.cloneUrl),
        storage: inside(system.endpoints.storage),
        bucket,
        shmMegabytes,
      });
      await clone.push({}, 'Begin');
      await author.yb('setup-repo', author.cloneUrl, '--yes');
      await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
      const path = `/api/v1/repos/demo/hostile/secrets/${givenSecret.name}`;
      const answer = await rig().api(path, { method: 'PUT', body: { value: givenSecret.value } });
      expect(answer.ok).toBe(true);
      return { author, clone, kube };
    }

    /** Pushes these tests and waits for the run's end. */
    async function push(tests: Readonly<Record<string, string>>, subject: string) {
      const { author, clone } = await scene();
      const sha = await clone.push(tests, subject);
      await rig().until(
        `the final status of ${sha}`,
        async () => (await author.statuses(sha)).some(({ state }) => state !== 'pending'),
        limit / 1000,
      );
      const run = (await rig().runs('hostile')).find((one) => one.sha === sha);
      if (run === undefined) throw new Error(`there is no run of ${sha}`);
      const ended = { run, log: await rig().linked(`/api/v1/runs/${run.id}/log`) };
      runs.push(ended);
      return ended;
    }

    function nameOf(index: number): string {
      return jobName({ id: runs[index]?.run.id ?? '', attempt: 1 });
    }

    function published(): ReadonlyMap<string, Buffer> {
      return publishedObjects(join(dirname(rig().system.logDir), 'storage', bucket));
    }

    function resultOf(runId: string, attempt: number): RunResult {
      const bytes = published().get(`signals/${runId}/${attempt}/result.json`);
      return RunResult.parse(JSON.parse(bytes?.toString() ?? 'null'));
    }

    /** What became of the attempts before the last one. */
    async function pastCodes(run: ApiRun): Promise<string[]> {
      const base = `http://${rig().system.endpoints.firestore}/v1/projects/${project}/databases/(default)/documents`;
      const answer = await fetch(`${base}/runs/${run.id}`, { headers: { authorization: 'Bearer owner' } });
      const { fields } = StoredRun.parse(await answer.json());
      return fields.pastAttempts.arrayValue.values.map(({ mapValue }) => mapValue.fields.code.stringValue);
    }

    /** What the attempts were given, as the cluster keeps it. */
    async function secrets(): Promise<string[]> {
      const { kube } = await scene();
      const { items } = await kube.core.listNamespacedSecret({ namespace: rig().system.namespace });
      const values = items.flatMap(({ data = {} }) => {
        const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
        const { policies, result } = UploadGrant.parse(JSON.parse(text('upload.json')));
        const forms = policies.flatMap(({ fields }) => [fields['policy'] ?? '', fields['x-goog-signature'] ?? '']);
        const once = new URL(result.url).searchParams.get('X-Goog-Signature') ?? '';
        return [text('token'), text(`env.${givenSecret.name}`), once, ...forms];
      });
      return [...new Set(z.array(z.string().min(10)).parse(values))];
    }
  },
  // Small, so that what a build may write beside its volume is too.
  { job: { YB_MAX_LOG_BYTES: String(64 * megabytes), YB_JOB_EPHEMERAL_STORAGE: '2Gi' } },
);

/** The work tree was the commit's, and nothing of what was planted before had run. */
function expectTree(log: string, listing: readonly string[]): void {
  expect(log.match(/^tree .*$/gm)?.toSorted()).toEqual(listing.toSorted());
  expect(log.match(/^ran in .*$/gm)).toEqual(
    ['/vol', '/vol/src', '/run/yb', '/run/yb/bin', '/tmp'].map((folder) => `ran in ${folder}: []`),
  );
  expect(log).toContain("planted in the run's folder: False");
}

/** The keys of Secrets that a container mounts. */
function keysOf(pod: V1Pod | undefined, container: V1Container): string[] {
  const mounted = new Set(container.volumeMounts?.map(({ name }) => name));
  return (pod?.spec?.volumes ?? [])
    .filter(({ name }) => mounted.has(name))
    .flatMap(({ secret }) => secret?.items?.map(({ key }) => key) ?? []);
}
