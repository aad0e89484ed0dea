import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import { dashboardVariables } from '../functions/dashboard/settings.ts';
import { schedulerVariables } from '../functions/scheduler/settings.ts';
import { watcherVariables } from '../functions/watcher/settings.ts';
import { webhookVariables } from '../functions/webhook/settings.ts';
import { signalsPrefix } from '../shared/attempt/layout.ts';
import { allTopics, deadLetterDelivery, deadLetters, delivery, topics } from '../shared/messages/topics.ts';
import { alerts, filterOf, type Metric, metrics } from '../shared/metrics.ts';
import { retention } from '../shared/retention.ts';
import { clusterRights, databaseRights, type FunctionName, keyRights } from '../shared/rights.ts';
import { ofTheLocalSystem } from '../shared/settings-parts.ts';
import { expiring, indexOf, type Index, queries } from '../shared/store/queries.ts';

const variables = {
  webhook: webhookVariables,
  scheduler: schedulerVariables,
  watcher: watcherVariables,
  dashboard: dashboardVariables,
} as const satisfies Readonly<Record<FunctionName, z.ZodObject>>;

/** What only the local system says, and what a cluster of one's own is reached by. */
const localOnly: ReadonlySet<string> = new Set([...ofTheLocalSystem, 'YB_LOCAL', 'KUBECONFIG']);

/**
 * What code and Terraform have to agree on, in the words of the code: `terraform/facts.json`, from which the configuration reads it. A
 * test holds that the file is what this makes.
 */
export function terraformFacts(): object {
  return {
    topics: Object.fromEntries(allTopics.map((name) => [name, topics[name]])),
    deadLetters,
    deadLetterDelivery,
    delivery,
    functions: Object.fromEntries(
      Object.entries(variables).map(([name, { shape }]) => [
        name,
        Object.keys(shape)
          .filter((variable) => !localOnly.has(variable))
          .toSorted(),
      ]),
    ),
    databases: databaseRights,
    indexes: indexes(),
    expiring,
    keys: keyRights,
    cluster: clusterRights,
    metrics: metricFacts(),
    alerts,
    runDays: retention.runDays,
    signalsPrefix,
  };
}

/** As Cloud Logging is told of them. */
function metricFacts(): Readonly<Record<string, object>> {
  const all: Readonly<Record<string, Metric>> = metrics;
  return Object.fromEntries(
    Object.entries(all).map(([name, metric]) => [
      name,
      {
        title: metric.title,
        of: metric.of,
        filter: filterOf(metric),
        value: metric.value ?? null,
        unit: metric.unit,
        by: metric.by ?? {},
      },
    ]),
  );
}

/** Each once, by a name of its own. */
function indexes(): Readonly<Record<string, Index>> {
  const all = Object.values(queries).flatMap((shape) => indexOf(shape) ?? []);
  const named = all.map((index): [string, Index] => {
    const fields = index.fields.map(({ field, direction }) => `${field}-${direction}`);
    return [[index.kind, index.collection, ...fields].join(' '), index];
  });
  return Object.fromEntries(named.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

export const factsFile = fileURLToPath(new URL('../terraform/facts.json', import.meta.url));

/** As the file stands in the repository. */
export function factsText(): string {
  return `${JSON.stringify(terraformFacts(), null, 2)}\n`;
}

if (import.meta.main) {
  const before = await readFile(factsFile, 'utf8').catch(() => '');
  const text = factsText();
  if (before !== text) await writeFile(factsFile, text);
  process.stdout.write(
    before === text ? 'terraform/facts.json is as the code says\n' : 'terraform/facts.json is new\n',
  );
}
