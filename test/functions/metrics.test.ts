import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import { alerts, type Condition, filterOf, type Metric, metrics } from '../../shared/metrics.ts';
import { hookPath, hookSecretPlace } from '../../shared/store/hooks.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { deliveryHeaders } from '../support/deliveries.ts';
import { noon, sampleRunId } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const hookKey = 'ab'.repeat(16);

type Line = Readonly<Record<string, unknown>>;
const all: Readonly<Record<string, Metric>> = metrics;

/** What Cloud Logging would make of the metric's filter. */
function isMet({ where, severity }: Metric, line: Line): boolean {
  const severities = ['INFO', 'WARNING', 'ERROR', 'CRITICAL'];
  const isSevere =
    severity === undefined || severities.indexOf(String(line['severity'])) >= severities.indexOf(severity);
  return isSevere && Object.entries(where).every(([field, condition]) => holds(condition, valueAt(line, field)));
}

function holds(condition: Condition, value: unknown): boolean {
  if (typeof condition !== 'object') return value === condition;
  if ('there' in condition) return value !== undefined && value !== null;
  return typeof value === 'string' && new RegExp(condition.matches).test(value);
}

function valueAt(line: Line, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined), line);
}

/** A day on which everything happens of which somebody wants to know. */
async function linesOfADay(): Promise<readonly Line[]> {
  const plane = createControlPlane({ documents: createMemoryDocuments() });
  await plane.register('42', 1);
  const tick = async () => {
    plane.clock.advance(72_000);
    await plane.handle({ v: 1, type: 'tick' });
    await plane.drain();
  };
  const sealed = await plane.keys.hooks.seal(hookSecretPlace(hookKey, 's'), 'the secret of this hook');
  const secrets = [{ id: 's', sealed, fingerprint: null, createdAt: noon, retiresAt: null }];
  const fields = { repoId: '42', secrets, lastPingAt: null, createdAt: noon };
  await plane.hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields }]);
  for (const secret of ['the secret of this hook', 'another']) {
    const headers = deliveryHeaders({ event: 'ping', body: '{}', secret });
    await plane.functions.webhook({ method: 'POST', path: `/${hookKey}`, headers, body: Buffer.from('{}') });
  }
  await plane.push(1);
  // A second one waits for the volume of the first.
  await plane.push(2);
  plane.cluster.vanish((await plane.run(sampleRunId(1))).job?.name ?? '');
  await plane.handle({ v: 1, type: 'run.changed', runId: sampleRunId(1) });
  await plane.drain();
  await tick();
  plane.github.answer = 500;
  await plane.pass(1);
  plane.github.answer = 201;
  plane.deadLetters.put({ id: 'm', text: '{', attributes: { topic: 'orders', reason: 'malformed-message: x' } });
  await tick();
  plane.documents.get = async () => await Promise.reject(new YbError('store-unavailable', 'no database'));
  await plane.handle({ v: 1, type: 'run.changed', runId: sampleRunId(1) }).catch(() => undefined);
  return plane.lines.lines();
}

describe('the metrics of an installation', async () => {
  const lines = await linesOfADay();

  it.each(Object.entries(all))('count lines that are written: %s', (_, metric) => {
    const met = lines.filter((line) => isMet(metric, line));
    expect(met.length).toBeGreaterThan(0);
    // A label that no line has would be empty for ever, and what is measured is a number.
    for (const field of Object.values(metric.by ?? {}))
      expect(met.some((line) => valueAt(line, field) !== undefined)).toBe(true);
    for (const line of met) if (metric.value !== undefined) expect(valueAt(line, metric.value)).toBeTypeOf('number');
  });

  it('count each run that ended once', () => {
    const met = lines.filter((line) => isMet(metrics.runs_ended, line));
    expect(met).toMatchObject([{ run: sampleRunId(1), verdict: 'passed', queue_s: expect.any(Number) }]);
    expect(lines.filter((line) => isMet(metrics.attempts_lost, line))).toHaveLength(1);
  });

  it('know how long the oldest run waits', () => {
    const ticks = lines.filter((line) => isMet(metrics.oldest_waiting_seconds, line));
    expect(Math.max(...ticks.map((line) => Number(line['oldest_waiting_s'])))).toBeGreaterThan(60);
  });

  it('are said to Cloud Logging in its own words', () => {
    expect(filterOf(metrics.ticks)).toBe('jsonPayload.event="tick" AND jsonPayload.ok=true');
    expect(filterOf(metrics.errors)).toBe('jsonPayload.ok=false AND severity>=ERROR');
    expect(filterOf(metrics.statuses_failed)).toBe('jsonPayload.status=~"^(failed|given-up)"');
    expect(filterOf(metrics.dead_letters)).toBe('jsonPayload.dead_letter:* AND severity>=ERROR');
  });

  it.each(Object.entries(alerts))('have an alert that can be raised, and says what to do: %s', (_, alert) => {
    const metric = all[alert.metric];
    expect(metric).toBeDefined();
    if (alert.label !== undefined) expect(Object.keys(metric?.by ?? {})).toContain(alert.label[0]);
    // Cloud Monitoring aligns by whole minutes, for a day at most.
    expect(alert.seconds % 60).toBe(0);
    expect(alert.seconds).toBeLessThanOrEqual(86_400);
    expect(alert.text.length).toBeGreaterThan(80);
    expect(readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')).toContain(
      `\n| ${alert.title} |`,
    );
  });
});
