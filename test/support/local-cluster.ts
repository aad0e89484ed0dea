import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import { type KubernetesOptions, startKubernetes } from '../../local/kubernetes/kubernetes.ts';
import { type Event, Job, Pod } from '../../local/kubernetes/objects.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A local cluster of one test, and plain HTTP to it. */
export interface LocalCluster {
  readonly url: string;
  readonly kubeconfig: string;
  readonly stateDir: string;
  /** What its log sink would have let through. */
  readonly events: readonly Event[];
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  create(resource: string, object: object): Promise<Answer>;
  job(name: string): Promise<Job | null>;
  /** The Pod of a Job; null if there is none. */
  pod(jobName: string): Promise<Pod | null>;
  /** Waits for the Job's end. */
  finished(name: string): Promise<Job>;
  stop(): Promise<void>;
}

export const namespace = 'builds';
export const batch = `/apis/batch/v1/namespaces/${namespace}`;
export const core = `/api/v1/namespaces/${namespace}`;
const patience = { timeout: 30_000, interval: 25 };

export async function startLocalCluster(
  options: Partial<KubernetesOptions> & { readonly folder?: string } = {},
): Promise<LocalCluster> {
  const stateDir = options.stateDir ?? join(options.folder ?? temporaryFolder(), 'kubernetes');
  mkdirSync(stateDir, { recursive: true });
  const events: Event[] = [];
  const cluster = await startKubernetes({
    images: { shell: {} },
    searchPath: '/usr/local/bin:/usr/bin:/bin',
    onEvent: (event) => {
      events.push(event);
    },
    ...options,
    stateDir,
  });
  onTestFinished(async () => {
    await cluster.stop();
  });
  const token = /token: (\S+)/.exec(cluster.kubeconfig)?.[1] ?? '';
  const send: LocalCluster['send'] = async (method, path, body, contentType = 'application/json') => {
    const response = await fetch(`${cluster.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'Content-Type': contentType }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json') === true;
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  const job: LocalCluster['job'] = async (name) => {
    const answer = await send('GET', `${batch}/jobs/${name}`);
    return answer.status === 404 ? null : Job.parse(answer.body);
  };
  return {
    url: cluster.url,
    kubeconfig: cluster.kubeconfig,
    stateDir,
    events,
    send,
    job,
    create: async (resource, object) => await send('POST', `${resource === 'jobs' ? batch : core}/${resource}`, object),
    async pod(jobName) {
      const { body } = await send('GET', `${core}/pods?labelSelector=batch.kubernetes.io/job-name=${jobName}`);
      const [item] = z.object({ items: z.array(z.looseObject({})) }).parse(body).items;
      return item === undefined ? null : Pod.parse({ apiVersion: 'v1', kind: 'Pod', ...item });
    },
    async finished(name) {
      await expect
        .poll(async () => conditionTypes(await job(name)), patience)
        .toSatisfy((types: readonly string[]) => types.includes('Complete') || types.includes('Failed'));
      return Job.parse(await job(name));
    },
    stop: async () => {
      await cluster.stop();
    },
  };
}

export function conditionTypes(object: Job | Pod | null): readonly string[] {
  return (object?.status.conditions ?? []).flatMap(({ type, status }) => (status === 'True' ? [type] : []));
}

/** The condition that ended a Job. */
export function outcomeOf(job: Job): { readonly type: string; readonly reason: string | undefined } | null {
  const end = job.status.conditions?.find(({ type }) => type === 'Complete' || type === 'Failed');
  return end === undefined ? null : { type: end.type, reason: end.reason };
}

export interface Script {
  readonly run: string;
  readonly mounts?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A Job whose containers are shell scripts. */
export function scriptJob(
  name: string,
  scripts: { readonly sidecar?: Script; readonly init?: Script; readonly main: Script },
  more: { readonly spec?: object; readonly pod?: object } = {},
): object {
  const container = (containerName: string, script: Script): object => ({
    name: containerName,
    image: 'shell',
    command: ['sh', '-c', script.run],
    env: Object.entries(script.env ?? {}).map(([variable, value]) => ({ name: variable, value })),
    volumeMounts: script.mounts ?? [],
  });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      backoffLimit: 0,
      ...more.spec,
      template: {
        spec: {
          restartPolicy: 'Never',
          initContainers: [
            ...(scripts.sidecar ? [{ ...container('courier', scripts.sidecar), restartPolicy: 'Always' }] : []),
            ...(scripts.init ? [container('checkout', scripts.init)] : []),
          ],
          containers: [container('build', scripts.main)],
          ...more.pod,
        },
      },
    },
  };
}

/** A script that goes on until it is told to end, and then says so in its exit code. */
export const untilTerm = (exitCode = 0): string => `trap 'exit ${exitCode}' TERM; while :; do sleep 0.05; done`;

/** The state of one container of a Pod. */
export function containerState(pod: Pod | null, name: string): Record<string, unknown> {
  const statuses = [...(pod?.status.initContainerStatuses ?? []), ...(pod?.status.containerStatuses ?? [])];
  const status = statuses.find((one) => one.name === name);
  return { ...status?.state, restartCount: status?.restartCount };
}
