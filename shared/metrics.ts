import type { FunctionName } from './rights.ts';

/** What a field of a log line has to be. */
export type Condition = string | number | boolean | { readonly matches: string } | typeof there;

/** It is there, whatever it is. */
export const there = { there: true } as const;

/** What is counted, or measured, of the lines that functions write (https://cloud.google.com/logging/docs/logs-based-metrics). */
export interface Metric {
  /** The title of its chart. */
  readonly title: string;
  /** Who writes the line. */
  readonly of: FunctionName | 'all';
  /** By the field's path in the line; all of them hold. */
  readonly where: Readonly<Record<string, Condition>>;
  readonly severity?: 'ERROR';
  /** The field whose values are looked at; lines are counted where there is none. */
  readonly value?: string;
  readonly unit: '1' | 's';
  /** Names of labels, each with its field. */
  readonly by?: Readonly<Record<string, string>>;
}

/** The metrics of an installation. Terraform makes them and their charts; a test holds that lines of the functions are met by each. */
export const metrics = {
  deliveries: {
    title: 'Deliveries of GitHub, by answer',
    of: 'webhook',
    where: { op: 'receive' },
    unit: '1',
    by: { status: 'status', error: 'error.code' },
  },
  runs_ended: {
    title: 'Runs that ended, by verdict',
    of: 'watcher',
    where: { did: 'ended' },
    unit: '1',
    by: { verdict: 'verdict' },
  },
  queue_seconds: {
    title: 'From the push to the start',
    of: 'watcher',
    where: { did: 'ended', queue_s: there },
    value: 'queue_s',
    unit: 's',
  },
  run_seconds: {
    title: 'From the start to the verdict',
    of: 'watcher',
    where: { did: 'ended', run_s: there },
    value: 'run_s',
    unit: 's',
    by: { verdict: 'verdict' },
  },
  attempts_lost: { title: 'Attempts that are tried again', of: 'watcher', where: { did: 'retried' }, unit: '1' },
  ticks: { title: 'Ticks', of: 'watcher', where: { event: 'tick', ok: true }, unit: '1' },
  oldest_waiting_seconds: {
    title: 'How long the oldest run has waited',
    of: 'watcher',
    where: { event: 'tick', oldest_waiting_s: there },
    value: 'oldest_waiting_s',
    unit: 's',
  },
  volumes_aside: {
    title: 'Repositories with volumes that are put aside, and due',
    of: 'watcher',
    where: { event: 'tick', aside: there },
    value: 'aside',
    unit: '1',
  },
  statuses_failed: {
    title: 'Statuses that GitHub did not take',
    of: 'watcher',
    where: { status: { matches: '^(failed|given-up)' } },
    unit: '1',
  },
  dead_letters: {
    title: 'Messages that nobody can handle',
    of: 'watcher',
    where: { dead_letter: there },
    severity: 'ERROR',
    unit: '1',
  },
  errors: {
    title: 'Errors of ours, by function',
    of: 'all',
    where: { ok: false },
    severity: 'ERROR',
    unit: '1',
    by: { service: 'service', error: 'error.code' },
  },
} as const satisfies Readonly<Record<string, Metric>>;
export type MetricName = keyof typeof metrics;

export interface Alert {
  readonly title: string;
  readonly metric: MetricName;
  /** A label of the metric, and what it has to be. */
  readonly label?: readonly [name: string, value: string];
  /** More than so many, or so large, in each of these seconds; null for none at all. */
  readonly above: number | null;
  readonly seconds: number;
  /** What it means, where to look, what to do: Markdown. */
  readonly text: string;
}

/** Of what somebody is told. */
export const alerts: Readonly<Record<string, Alert>> = {
  no_tick: {
    title: 'Nothing ticks',
    metric: 'ticks',
    above: null,
    seconds: 600,
    text: 'For ten minutes nobody has looked at what is not finished. Look whether Cloud Scheduler’s job runs and whether the watcher answers: `resource.labels.service_name=~"watcher$" severity>=WARNING`.',
  },
  dead_letter: {
    title: 'A message that nobody can handle',
    metric: 'dead_letters',
    above: 0,
    seconds: 300,
    text: 'A push or an order may not have run. It is a document under `aside/` of the main database, with the reason: `jsonPayload.dead_letter:*`. A push is delivered again by *Redeliver* at the hook.',
  },
  long_wait: {
    title: 'A run has waited for half an hour',
    metric: 'oldest_waiting_seconds',
    above: 1800,
    seconds: 600,
    text: 'Its page says for what: a volume (`yb settings --volumes`), a place of its owner or of all (`builds.at_once` of Terraform), or GitHub.',
  },
  machines_lost: {
    title: 'Runs end without a verdict about the code',
    metric: 'runs_ended',
    label: ['verdict', 'infrastructure'],
    above: 5,
    seconds: 3600,
    text: 'More than five in an hour. Each run’s page says why; look at the cluster’s nodes and quotas, and at the images: `jsonPayload.verdict="infrastructure"`.',
  },
  statuses: {
    title: 'GitHub does not take statuses',
    metric: 'statuses_failed',
    above: 20,
    seconds: 1800,
    text: 'Last words are tried for three days. Look at https://www.githubstatus.com, then at the rights of the App: `jsonPayload.status=~"^(failed|given-up)"` says which code.',
  },
  errors: {
    title: 'Functions fail',
    metric: 'errors',
    above: 20,
    seconds: 600,
    text: 'Messages are tried again for sixteen hours, so nothing is lost yet. `severity>=ERROR` says the code and the cause; an index that is missing is named with its fields.',
  },
};

/** The filter of Cloud Logging that lets the lines of a metric through, but for whose they are. */
export function filterOf({ where, severity }: Metric): string {
  const parts = Object.entries(where).map(([field, condition]) => {
    const path = `jsonPayload.${field}`;
    if (typeof condition === 'object')
      return 'matches' in condition ? `${path}=~${JSON.stringify(condition.matches)}` : `${path}:*`;
    return `${path}=${typeof condition === 'string' ? JSON.stringify(condition) : String(condition)}`;
  });
  return [...parts, ...(severity === undefined ? [] : [`severity>=${severity}`])].join(' AND ');
}
