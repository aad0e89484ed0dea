import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { factsFile, factsText } from '../../build/terraform-facts.ts';
import { keyNames } from '../../local/kms/names.ts';
import { environment } from '../../shared/config.ts';
import { allTopics, deadLetters, topics } from '../../shared/messages/topics.ts';
import { clusterRights, databaseRights, keyRights } from '../../shared/rights.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const minutes = 60_000;

/** Terraform in a folder; its last lines, if it did not end well. */
async function terraform(folder: string, ...args: readonly string[]): Promise<{ ok: boolean; said: string }> {
  try {
    const { stdout } = await promisify(execFile)('terraform', [...args, '-no-color'], {
      cwd: folder,
      env: { ...environment(), TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' },
      timeout: 10 * minutes,
      maxBuffer: 16 * 1024 * 1024,
    });
    return { ok: true, said: stdout };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    return { ok: false, said: `${stdout}\n${stderr}`.trim().split('\n').slice(-60).join('\n') };
  }
}

/** Whether the providers can be had here at all, which says nothing of what the configuration makes of them. */
async function hasProviders(): Promise<boolean> {
  const alone = temporaryFolder();
  await cp(join(root, 'terraform/versions.tf'), join(alone, 'versions.tf'));
  return (await terraform(alone, 'init', '-input=false', '-backend=false')).ok;
}

const hasTerraform = (await terraform(root, 'version')).ok;

describe('what code and Terraform agree on', () => {
  it('stands in terraform/facts.json as the code says it: node build/terraform-facts.ts', async () => {
    expect(await readFile(factsFile, 'utf8')).toBe(factsText());
  });
});

describe('the table of rights in docs/deploy.md', () => {
  const orNone = (parts: readonly string[], between: string): string =>
    parts.length === 0 ? '–' : parts.join(between);
  const rights = {
    databases: databaseRights,
    keys: keyRights,
    cluster: clusterRights,
  };

  it.each(['webhook', 'scheduler', 'watcher', 'dashboard'] as const)('is what the code says of the %s', async (who) => {
    const text = await readFile(join(root, 'docs/deploy.md'), 'utf8');
    const row = text.split('\n').find((line) => line.startsWith(`| ${who} |`));
    const [, , databases = '', keys = '', publishes = '', , , , cluster = ''] = (row ?? '')
      .split('|')
      .map((cell) => cell.trim());

    const reached = Object.entries(rights.databases).flatMap(([name, list]) => (includes(list, who) ? [name] : []));
    // Beside the right on the whole, the webhook's is told in full.
    expect(databases.split(':')[0]?.split(', ')).toEqual(reached);
    const verbs = ['encrypt', 'decrypt'] as const;
    const told = verbs.flatMap((verb) => {
      const may = keyNames.filter((key) => includes(rights.keys[key][verb], who));
      return may.length === 0 ? [] : [`${verb} ${may.join(', ')}`];
    });
    expect(keys).toBe(orNone(told, '; '));
    const aside = who === 'scheduler' || who === 'watcher' ? [deadLetters] : [];
    const said = allTopics.filter((topic) => includes(topics[topic].publishers, who));
    expect(publishes).toBe(orNone([...said, ...aside], ', '));
    const rules = who === 'scheduler' || who === 'watcher' ? rights.cluster[who] : [];
    const claims = (resource: string): string => (resource === 'persistentvolumeclaims' ? 'claims' : resource);
    expect(cluster).toBe(
      orNone(
        rules.map(({ resource, verbs: may }) => `${claims(resource)} ${may.join(', ')}`),
        '; ',
      ),
    );
  });
});

function includes(list: readonly string[], who: string): boolean {
  return list.includes(who);
}

describe.skipIf(!hasTerraform)('the configuration', () => {
  it('is valid, and is planned as its own tests say', { timeout: 15 * minutes }, async ({ skip }) => {
    const folder = temporaryFolder();
    // Elsewhere, so that no lock file of a checker's is left behind; with what it reads beside itself.
    await cp(join(root, 'terraform'), join(folder, 'terraform'), { recursive: true });
    await cp(join(root, 'runner/kubernetes'), join(folder, 'runner/kubernetes'), { recursive: true });
    const here = join(folder, 'terraform');
    const ready = await terraform(here, 'init', '-input=false', '-backend=false');
    skip(!ready.ok && !(await hasProviders()), 'the providers of Terraform cannot be had here');
    expect(ready).toMatchObject({ ok: true });
    expect(await terraform(here, 'validate')).toMatchObject({ ok: true });

    const tested = await terraform(here, 'test');

    expect(tested).toMatchObject({ ok: true });
    expect(tested.said).toMatch(/^Success! [2-9]\d passed, 0 failed\.$/m);
  });
});
