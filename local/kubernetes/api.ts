import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Clock } from '../../shared/outside/clock.ts';
import { admitClaim, admitJob, admitSecret, names, readmitClaim, readmitJob, readmitSecret } from './admission.ts';
import { ApiError, notFound } from './api-error.ts';
import type { Claims } from './claims.ts';
import { deleteJob, requestPodDeletion } from './job-controller.ts';
import { type Pod, podFinished } from './objects.ts';
import { serveResource } from './resource-routes.ts';
import { withCondition } from './status-board.ts';
import type { Store } from './store.ts';

export interface ApiOptions {
  readonly store: Store;
  readonly claims: Claims;
  readonly clock: Clock;
  readonly namespace: string;
  readonly token: string;
  readonly log: (podUid: string, container: string) => string | null;
}

/** etcd takes no larger object. */
const maxBodyBytes = 1536 * 1024;

/**
 * The part of the Kubernetes API (https://kubernetes.io/docs/reference/kubernetes-api/) that this system speaks, for one
 * namespace: Jobs, Pods, Secrets, PersistentVolumeClaims and Events. Neither watches nor other kinds.
 */
export function createApi(options: ApiOptions): Hono {
  const { store, clock, namespace } = options;
  const app = new Hono();
  app.use(async (context, next) => {
    if (context.req.header('Authorization') !== `Bearer ${options.token}`) {
      throw new ApiError(401, 'Unauthorized', { message: 'Unauthorized' });
    }
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new ApiError(413, 'RequestEntityTooLarge', { message: `limit is ${maxBodyBytes}` });
      },
    }),
  );
  app.get('/version', (context) => context.json({ major: '1', minor: '34', gitVersion: 'v1.34.0-local' }));
  app.get('/readyz', (context) => context.text('ok'));
  app.use('/:scope{api/v1|apis/batch/v1}/namespaces/:namespace/*', async (context, next) => {
    const asked = context.req.param('namespace');
    if (asked !== namespace) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, asked);
    await next();
  });
  const now = (): Date => clock.now();
  const making = () => ({ namespace, now: now() });
  serveResource(app, {
    name: names.jobs,
    collection: store.jobs,
    version: store.version,
    admit: (body) => admitJob(body, making()),
    readmit: readmitJob,
    remove(job, { propagation = 'Orphan' }) {
      deleteJob(store, job, propagation, now());
      return propagation === 'Foreground' ? (store.jobs.get(job.metadata.name) ?? null) : null;
    },
  });
  serveResource(app, {
    name: names.secrets,
    collection: store.secrets,
    version: store.version,
    admit: (body) => admitSecret(body, making()),
    readmit: readmitSecret,
    remove(secret) {
      store.secrets.remove(secret.metadata.name);
      return null;
    },
  });
  serveResource(app, {
    name: names.claims,
    collection: store.claims,
    version: store.version,
    admit: (body) => admitClaim(body, making()),
    readmit: readmitClaim,
    remove: (claim) => options.claims.remove(claim, now()),
  });
  serveResource(app, { name: names.events, collection: store.events, version: store.version });
  serveResource(app, {
    name: names.pods,
    collection: store.pods,
    version: store.version,
    remove: (pod, { graceSeconds }) => requestPodDeletion(store, pod, now(), graceSeconds),
  });
  servePods(app, options);
  app.notFound(() => {
    throw new ApiError(404, 'NotFound', { message: 'the server could not find the requested resource' });
  });
  app.onError((error) => {
    const known =
      error instanceof ApiError
        ? error
        : new ApiError(500, 'InternalError', { message: `Internal error: ${String(error)}` });
    return Response.json(known.toStatus(), { status: known.status });
  });
  return app;
}

function servePods(app: Hono, { store, clock, log }: ApiOptions): void {
  const pods = '/api/v1/namespaces/:namespace/pods';
  const find = (name: string): Pod => {
    const pod = store.pods.get(name);
    if (pod === undefined) throw notFound(names.pods, name);
    return pod;
  };
  app.get(`${pods}/:name/log`, (context) => {
    const pod = find(context.req.param('name'));
    const container = context.req.query('container') ?? pod.spec.containers[0]?.name ?? '';
    return context.text(log(pod.metadata.uid, container) ?? '');
  });
  app.post(`${pods}/:name/eviction`, (context) => {
    const pod = find(context.req.param('name'));
    const why = { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
    if (!podFinished(pod)) {
      store.pods.update(pod.metadata.name, (known) => ({
        ...known,
        status: {
          ...known.status,
          conditions: withCondition(known.status.conditions, { type: 'DisruptionTarget', value: true, why, clock }),
        },
      }));
    }
    requestPodDeletion(store, find(pod.metadata.name), clock.now());
    return context.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
  });
}
