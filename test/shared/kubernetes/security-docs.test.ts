import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dashboardVariables } from '../../../functions/dashboard/settings.ts';
import { schedulerVariables } from '../../../functions/scheduler/settings.ts';
import { watcherVariables } from '../../../functions/watcher/settings.ts';
import { keyNames } from '../../../local/kms/names.ts';
import { keyRights } from '../../../shared/rights.ts';
import { webhookVariables } from '../../../functions/webhook/settings.ts';
import { podTemplate } from '../../../shared/kubernetes/pod-template.ts';
import { verdictTable } from '../../../shared/run/verdict-table.ts';
import { sampleRequest } from './sample-request.ts';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, as the texts of their cells. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('the page about security', () => {
  it('says of each who might try what stops them, and which tests show it', () => {
    const rows = rowsBelow('Who might try, and what stops them');
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) {
      const tests = (row.at(-1) ?? '').split(', ');
      const missing = tests.filter((path) => !existsSync(new URL(`../../../${path}`, import.meta.url)));
      expect([row[0], missing]).toEqual([row[0], []]);
    }
  });

  it('shows what each container mounts, and with what right', () => {
    const { spec } = podTemplate({ ...sampleRequest, secrets: ['API_TOKEN'] });
    const mounts = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap((container) =>
      (container.volumeMounts ?? []).map(({ mountPath, readOnly }) => [
        container.name,
        String(container.securityContext?.runAsUser),
        mountPath,
        readOnly === true ? 'read' : 'write',
      ]),
    );
    expect(
      rowsBelow('The containers of a run').map(([name, uid, path, , access]) => [name, uid, path, access]),
    ).toEqual(mounts);
  });

  it('names the keys of the Secret beside the container that has them', () => {
    const { spec } = podTemplate(sampleRequest);
    for (const [name, , path, what] of rowsBelow('The containers of a run')) {
      if (path !== '/run/secrets/yb' || name === 'build') continue;
      const volume = spec?.volumes?.find((one) => one.name === `${name}-secret`);
      expect(what).toBe(volume?.secret?.items?.map(({ key }) => key).join(', '));
    }
  });

  it('shows which program seals and opens what', () => {
    const variables = {
      webhook: webhookVariables,
      scheduler: schedulerVariables,
      watcher: watcherVariables,
      dashboard: dashboardVariables,
    };
    const rows = (Object.keys(variables) as (keyof typeof variables)[]).map((program) => {
      // A ring at hand does both.
      const own = Object.keys(variables[program].shape).flatMap((name) =>
        name.startsWith('YB_KEYS_') ? [name.slice('YB_KEYS_'.length).toLowerCase()] : [],
      );
      const may = (verb: 'encrypt' | 'decrypt'): string => {
        const keys = keyNames.filter((key) => (keyRights[key][verb] as readonly string[]).includes(program));
        return [...keys, ...own].join(', ') || 'nothing';
      };
      for (const key of keyNames) {
        const told = `YB_KMS_KEY_${key.toUpperCase()}` in variables[program].shape;
        expect(told).toBe(may('encrypt').includes(key) || may('decrypt').includes(key));
      }
      return [program, may('encrypt'), may('decrypt')];
    });
    const shown = rowsBelow('Who holds what').map(([program, seals, opens]) => [program, seals, opens]);
    expect(shown).toEqual(rows);
  });

  it('names limits by settings that there are, and their ends by causes that there are', () => {
    const settings = Object.keys(schedulerVariables.shape);
    for (const [, by = '', end = ''] of rowsBelow('What is limited')) {
      for (const [name] of by.matchAll(/YB_\w+/g)) expect(settings).toContain(name);
      const cause = /; ([a-z-]+)$/.exec(end)?.[1];
      if (cause !== undefined) expect(Object.keys(verdictTable)).toContain(cause);
    }
  });
});
