import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type LocalCluster,
  batch,
  core,
  scriptJob,
  startLocalCluster,
  untilTerm,
} from '../../support/local-cluster.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';

const claim = {
  metadata: { name: 'data', labels: { size: 'small' } },
  spec: { accessModes: ['ReadWriteOncePod'], resources: { requests: { storage: '1Gi' } } },
};

const Status = z.object({ kind: z.literal('Status'), code: z.number(), reason: z.string(), message: z.string() });
const List = z.object({
  metadata: z.object({ continue: z.string().optional(), remainingItemCount: z.number().optional() }),
  items: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
});

async function names(cluster: LocalCluster, path: string): Promise<readonly string[]> {
  return List.parse((await cluster.send('GET', path)).body).items.map(({ metadata }) => metadata.name);
}

describe('the API of the local cluster', () => {
  it('answers in the shapes that Kubernetes has published', async () => {
    const cluster = await startLocalCluster();
    const answers: [string, unknown][] = [];
    const keep = async (type: string, answer: Promise<{ readonly body: unknown }>): Promise<void> => {
      answers.push([type, (await answer).body]);
    };
    await keep('V1PersistentVolumeClaim', cluster.create('persistentvolumeclaims', claim));
    await keep('V1Secret', cluster.create('secrets', { metadata: { name: 'keys' }, stringData: { a: 'b' } }));
    const pod = {
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'keys', secret: { secretName: 'keys' } },
      ],
    };
    const scripts = { sidecar: { run: untilTerm() }, init: { run: 'exit 0' }, main: { run: 'exit 1' } };
    await keep('V1Job', cluster.create('jobs', scriptJob('one', scripts, { pod })));
    await cluster.finished('one');
    await keep('V1Job', cluster.send('GET', `${batch}/jobs/one`));
    await keep('V1JobList', cluster.send('GET', `${batch}/jobs?limit=1`));
    await keep('V1PodList', cluster.send('GET', `${core}/pods`));
    await keep('CoreV1EventList', cluster.send('GET', `${core}/events`));
    await keep('V1SecretList', cluster.send('GET', `${core}/secrets`));
    await keep('V1PersistentVolumeClaimList', cluster.send('GET', `${core}/persistentvolumeclaims`));
    const podName = (await names(cluster, `${core}/pods`))[0] ?? '';
    await keep('V1Pod', cluster.send('GET', `${core}/pods/${podName}`));
    await keep('V1Pod', cluster.send('DELETE', `${core}/pods/${podName}`));
    await keep('V1Status', cluster.send('DELETE', `${batch}/jobs/one?propagationPolicy=Background`));
    await keep('V1Status', cluster.send('GET', `${batch}/jobs/one`));
    await keep('VersionInfo', cluster.send('GET', '/version'));
    for (const event of cluster.events) answers.push(['CoreV1Event', event]);

    expect(answers).toHaveLength(15);
    for (const [type, body] of answers) expect(schemaProblems(type, body)).toEqual([]);
  });

  it.each([
    ['GET', `${batch}/jobs/none`, undefined, 404, 'NotFound', 'jobs.batch "none" not found'],
    ['GET', `${core}/pods/none`, undefined, 404, 'NotFound', 'pods "none" not found'],
    ['DELETE', `${batch}/jobs/none`, undefined, 404, 'NotFound', 'jobs.batch "none" not found'],
    ['PATCH', `${batch}/jobs/none`, {}, 404, 'NotFound', 'jobs.batch "none" not found'],
    ['GET', '/api/v1/namespaces/other/pods', undefined, 404, 'NotFound', 'namespaces "other" not found'],
    ['GET', '/apis/apps/v1/namespaces/builds/deployments', undefined, 404, 'NotFound', 'could not find'],
    ['POST', `${core}/pods`, { metadata: { name: 'bare' } }, 405, 'MethodNotAllowed', 'does not allow'],
    ['PUT', `${batch}/jobs/none`, {}, 405, 'MethodNotAllowed', 'does not allow'],
    ['GET', `${batch}/jobs?watch=true`, undefined, 405, 'MethodNotAllowed', 'watches'],
    ['GET', `${batch}/jobs?labelSelector=a%20like%20b`, undefined, 400, 'BadRequest', 'unable to parse'],
    ['GET', `${batch}/jobs?fieldSelector=spec.x%3D1`, undefined, 400, 'BadRequest', 'not supported'],
    ['GET', `${batch}/jobs?limit=-1`, undefined, 400, 'BadRequest', 'limit'],
    ['POST', `${batch}/jobs`, 'text', 400, 'BadRequest', 'unrecognized'],
    ['POST', `${batch}/jobs`, { kind: 'Pod' }, 400, 'BadRequest', 'Pod in place of Job'],
    ['POST', `${batch}/jobs`, { metadata: { name: 'a', namespace: 'b' } }, 400, 'BadRequest', 'does not match'],
    ['POST', `${batch}/jobs`, { metadata: { name: 'a' } }, 422, 'Invalid', 'spec'],
    ['POST', `${core}/secrets`, { metadata: { name: 'Big' } }, 422, 'Invalid', 'metadata.name'],
    ['POST', `${core}/secrets`, { metadata: { name: 'a', labels: { 'b c': 'd' } } }, 422, 'Invalid', 'qualified name'],
    ['POST', `${core}/secrets`, { metadata: { name: 'a' }, data: { b: '~' } }, 422, 'Invalid', 'data.b'],
    [
      'POST',
      `${core}/secrets`,
      { metadata: { name: 'a' }, data: { b: 'A'.repeat(2_000_000) } },
      413,
      'RequestEntityTooLarge',
      'limit',
    ],
  ])('answers %s %s with a Status', async (method, path, body, code, reason, message) => {
    const cluster = await startLocalCluster();
    const answer = await cluster.send(method, path, body);

    expect(answer.status).toBe(code);
    expect(Status.parse(answer.body)).toEqual({
      kind: 'Status',
      code,
      reason,
      message: expect.stringContaining(message),
    });
  });

  it('wants its token', async () => {
    const cluster = await startLocalCluster();

    for (const headers of [{}, { Authorization: 'Bearer guessed' }]) {
      const response = await fetch(`${cluster.url}${batch}/jobs`, { headers });
      expect(response.status).toBe(401);
      expect(Status.parse(await response.json())).toMatchObject({ reason: 'Unauthorized' });
    }
  });

  it('makes an object once under a name', async () => {
    const cluster = await startLocalCluster();
    const secret = { metadata: { name: 'once' }, stringData: { a: 'first' } };

    expect((await cluster.create('secrets', secret)).status).toBe(201);
    const again = await cluster.create('secrets', { ...secret, stringData: { a: 'second' } });

    expect(again).toMatchObject({ status: 409, body: { reason: 'AlreadyExists', details: { name: 'once' } } });
    expect((await cluster.send('GET', `${core}/secrets/once`)).body).toMatchObject({ data: { a: btoa('first') } });
  });

  it('gives Secrets back in base64 and without what was sent in plain', async () => {
    const cluster = await startLocalCluster();
    const answer = await cluster.create('secrets', {
      metadata: { name: 's' },
      stringData: { a: 'ä' },
      data: { b: 'Yg==' },
    });

    expect(answer.body).toMatchObject({ type: 'Opaque', data: { a: 'w6Q=', b: 'Yg==' } });
    expect(answer.body).not.toHaveProperty('stringData');
  });

  it('lists by label, by name and page by page', async () => {
    const cluster = await startLocalCluster();
    for (const [name, tier] of Object.entries({ a: 'one', b: 'two', c: 'one', d: 'three' })) {
      await cluster.create('secrets', { metadata: { name, labels: { tier, [`only-${name}`]: '' } } });
    }
    const path = `${core}/secrets`;
    const selected = async (selector: string) =>
      await names(cluster, `${path}?labelSelector=${encodeURIComponent(selector)}`);

    expect(await selected('tier=one')).toEqual(['a', 'c']);
    expect(await selected('tier!=one')).toEqual(['b', 'd']);
    expect(await selected('tier=one,only-a==')).toEqual(['a']);
    expect(await names(cluster, `${path}?fieldSelector=metadata.name%3Db`)).toEqual(['b']);
    expect(await names(cluster, `${core}/events?fieldSelector=involvedObject.uid%3Dnone`)).toEqual([]);
    const first = List.parse((await cluster.send('GET', `${path}?limit=3`)).body);
    expect(first.items).toHaveLength(3);
    expect(first.metadata.remainingItemCount).toBe(1);
    expect(await names(cluster, `${path}?limit=3&continue=${first.metadata.continue ?? ''}`)).toEqual(['d']);
  });

  it('tries without effect where that is asked for', async () => {
    const cluster = await startLocalCluster();
    const answer = await cluster.send('POST', `${core}/secrets?dryRun=All`, { metadata: { name: 'dry' } });

    expect(answer).toMatchObject({ status: 201, body: { metadata: { uid: expect.any(String) } } });
    expect((await cluster.send('GET', `${core}/secrets/dry`)).status).toBe(404);
  });

  it('refuses changes to what Kubernetes does not let change', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('jobs', scriptJob('fixed', { main: { run: untilTerm() } }));
    await cluster.create('secrets', { metadata: { name: 'fixed' }, immutable: true, stringData: { a: 'b' } });
    const patch = async (path: string, body: unknown, type = 'application/merge-patch+json') =>
      await cluster.send('PATCH', path, body, type);
    const job = `${batch}/jobs/fixed`;

    expect(await patch(job, { spec: { template: { spec: { restartPolicy: 'Always' } } } })).toMatchObject({
      status: 422,
    });
    expect(await patch(job, { spec: { backoffLimit: 3 } })).toMatchObject({ status: 422 });
    expect(await patch(`${core}/secrets/fixed`, { data: { a: 'Yw==' } })).toMatchObject({ status: 422 });
    expect(await patch(job, {}, 'application/strategic-merge-patch+json')).toMatchObject({ status: 415 });
    expect(await patch(job, { metadata: { resourceVersion: '1' } })).toMatchObject({ status: 409 });
    const status = { conditions: [{ type: 'Complete', status: 'True' }] };
    expect(await patch(job, { metadata: { labels: { a: 'b' } }, status })).toMatchObject({
      status: 200,
      body: { metadata: { labels: { a: 'b' } }, status: { active: 1 } },
    });
  });

  it('deletes only what the caller means', async () => {
    const cluster = await startLocalCluster();
    await cluster.create('secrets', { metadata: { name: 'mine' } });
    const path = `${core}/secrets/mine`;

    expect(await cluster.send('DELETE', path, { preconditions: { uid: 'another' } })).toMatchObject({ status: 409 });
    expect(await cluster.send('DELETE', path)).toMatchObject({ status: 200, body: { status: 'Success' } });
  });

  it.each([
    ['several Pods', { spec: { parallelism: 2 } }, 'parallelism'],
    ['a second try', { spec: { backoffLimit: 6 } }, 'backoffLimit'],
    ['Pods that start again', { pod: { restartPolicy: 'OnFailure' } }, 'restartPolicy'],
    ['host folders', { pod: { volumes: [{ name: 'h', hostPath: { path: '/' } }] } }, 'volumes'],
    [
      'two volumes of one name',
      {
        pod: {
          volumes: [
            { name: 'v', emptyDir: {} },
            { name: 'v', emptyDir: {} },
          ],
        },
      },
      'Duplicate',
    ],
  ])('refuses a Job with %s', async (_what, more, message) => {
    const cluster = await startLocalCluster();
    const answer = await cluster.create('jobs', scriptJob('odd', { main: { run: 'exit 0' } }, more));

    expect(answer.status).toBe(422);
    expect(Status.parse(answer.body).message).toContain(message);
  });

  it.each([
    ['a mount of nothing', [{ name: 'none', mountPath: '/x' }], 'Not found'],
    ['a way out of a volume', [{ name: 'v', mountPath: '/x', subPath: '../y' }], "'..'"],
    ['a mount at no path', [{ name: 'v', mountPath: 'x' }], 'mountPath'],
  ])('refuses a container with %s', async (_what, mounts, message) => {
    const cluster = await startLocalCluster();
    const pod = { volumes: [{ name: 'v', emptyDir: {} }] };
    const answer = await cluster.create('jobs', scriptJob('odd', { main: { run: 'exit 0', mounts } }, { pod }));

    expect(answer.status).toBe(422);
    expect(Status.parse(answer.body).message).toContain(message);
  });

  it('refuses a name that is too long for a Job', async () => {
    const cluster = await startLocalCluster();

    expect((await cluster.create('jobs', scriptJob('x'.repeat(63), { main: { run: 'exit 0' } }))).status).toBe(201);
    expect((await cluster.create('jobs', scriptJob('x'.repeat(64), { main: { run: 'exit 0' } }))).status).toBe(422);
  });
});
