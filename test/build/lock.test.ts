import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { buildAll } from '../../build/build.ts';
import { lockFor } from '../../build/lock.ts';
import { environment } from '../../shared/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const Lock = z.object({ packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })) });

describe('the lock file of a deployable', () => {
  it('is one that npm installs from an empty folder, in the versions of this project', async () => {
    const [built] = await buildAll({ root, outDir: temporaryFolder(), only: ['webhook'] });
    const folder = join(temporaryFolder(), 'webhook');
    await cp(built?.folder ?? '', folder, { recursive: true });
    const env = { ...environment(), PATH: `${dirname(process.execPath)}:${environment()['PATH'] ?? ''}` };
    const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', install, { cwd: folder, env, timeout: 120_000 });

    const read = async (path: string) => Lock.parse(JSON.parse(await readFile(path, 'utf8'))).packages;
    const ours = await read(join(root, 'package-lock.json'));
    const installed = await read(join(folder, 'node_modules/.package-lock.json'));
    expect(Object.keys(installed).length).toBeGreaterThan(50);
    for (const [name, { version }] of Object.entries(installed))
      expect([name, version]).toEqual([name, ours[name]?.version]);
  }, 180_000);

  it('has what a package finds in its own folder, and in one above', () => {
    const entry = (version: string, dependencies: Record<string, string> = {}) => ({ version, dependencies });
    const packages = {
      '': {},
      'node_modules/a': entry('1', { b: '^1', c: '*' }),
      'node_modules/a/node_modules/b': entry('1', { c: '*', d: '*' }),
      'node_modules/a/node_modules/b/node_modules/d': { ...entry('3'), dev: true },
      'node_modules/b': entry('2'),
      'node_modules/c': {
        version: '1',
        optionalDependencies: { e: '*' },
        peerDependencies: { f: '*', g: '*' },
        peerDependenciesMeta: { g: { optional: true } },
      },
      'node_modules/d': entry('1'),
      'node_modules/e': entry('1', { a: '*' }),
      'node_modules/f': entry('1'),
      'node_modules/g': entry('1'),
      'node_modules/unused': entry('1'),
    };
    const manifest = { name: 'x', version: '1', dependencies: { a: '1' } };
    const lock = Lock.parse(JSON.parse(lockFor(manifest, JSON.stringify({ lockfileVersion: 3, packages }))));
    expect(Object.keys(lock.packages)).toEqual([
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/a/node_modules/b/node_modules/d',
      'node_modules/c',
      'node_modules/e',
      'node_modules/f',
    ]);
    expect(lock.packages['node_modules/a/node_modules/b/node_modules/d']).not.toHaveProperty('dev');
  });
});
