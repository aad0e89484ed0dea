import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../../shared/bazel/summary.ts';
import { read, recording, recordings } from './recordings.ts';

const secret = 's3cr3t-t0k3n';

/** The texts of events that may be told to people, by their place. Whatever else an event holds stays on its machine. */
const told: ReadonlySet<string> = new Set([
  'started.buildToolVersion',
  ...['targetConfigured', 'targetCompleted', 'testResult', 'testSummary', 'actionCompleted'].map(
    (kind) => `id.${kind}.label`,
  ),
  'id.targetCompleted.configuration.id',
  'id.testResult.configuration.id',
  'id.testSummary.configuration.id',
  'id.pattern.pattern.*',
  'id.configuredLabel.label',
  'id.unconfiguredLabel.label',
  'children.*.configuredLabel.label',
  'children.*.unconfiguredLabel.label',
  'children.*.testResult.label',
  'configured.targetKind',
  'completed.failureDetail.message',
  'finished.failureDetail.message',
  'action.type',
  'action.label',
  'action.failureDetail.message',
  'aborted.description',
  'testResult.executionInfo.strategy',
]);

/** The value with the secret in every text of another place, and in every name that Bazel's own schema does not fix. */
function poisoned(value: unknown, path: string, extra: string): unknown {
  if (typeof value === 'string') return told.has(path) ? value : secret;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, `${path}.*`, extra));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => {
    return [name, poisoned(field, path === '' ? name : `${path}.${name}`, extra)];
  });
  return Object.fromEntries([...fields, [extra, secret], [`--test_env=${secret}`, secret]]);
}

const published = (events: readonly unknown[]): string => {
  const snapshot = read(events);
  const { targets, failures, counts, tests, toolchain } = snapshot;
  return JSON.stringify({ targets, failures, counts, tests, toolchain, summary: summarize(snapshot) });
};

const eventsOf = (name: string): Record<string, unknown>[] =>
  recording(name)
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('what is told of the events', () => {
  it('comes from known places alone, whatever stands in all others', () => {
    const extra = fc.constantFrom('commandLine', 'environment', 'log', 'clientEnv', 'toString');
    fc.assert(
      fc.property(fc.constantFrom(...recordings), extra, (name, field) => {
        const events = eventsOf(name).map((event) => poisoned(event, '', field));
        const text = published(events);
        expect(text).not.toContain(secret);
        expect(text).not.toContain('file:');
      }),
      { numRuns: 200 },
    );
  });

  it('does come from those places', () => {
    const texts = recordings.map((name) => published(eventsOf(name).map((event) => poisoned(event, '', 'x')))).join('');
    for (const part of ['//broken:compile_error_test', 'linux-sandbox', 'sh_test', 'gcc failed', '2.1.0']) {
      expect(texts).toContain(part);
    }
  });

  it('ends where a command begins', () => {
    const words = fc.constantFrom(
      'error executing command (exec env - TOKEN=',
      'error executing Genrule command (from target //a:b) /bin/sh -c "',
      'error executing CppCompile command gcc -D',
    );
    fc.assert(
      fc.property(words, fc.string(), (begin, end) => {
        const message = `Compiling failed: (Exit 1): gcc failed: ${begin}${secret}${end}`;
        const failureDetail = { message, spawn: { spawnExitCode: 1 } };
        const id = { actionCompleted: { label: '//a:b' } };
        for (const event of [
          { id, action: { type: 'CppCompile', failureDetail } },
          { id: { targetCompleted: { label: '//a:b' } }, completed: { failureDetail } },
          {
            id: { targetCompleted: { label: '//a:b' } },
            aborted: { reason: 'ANALYSIS_FAILURE', description: message },
          },
        ]) {
          expect(published([event])).toContain('gcc failed');
          expect(published([event])).not.toContain(secret);
        }
      }),
    );
  });
});
