import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../shared/json.ts';
import type { Deployable } from './deployables.ts';
import { lockFor } from './lock.ts';

const packageJson = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) });
const published = z.object({ version: z.string(), description: z.string(), license: z.string() });

/** What is written for npm: of a function, what the host installs; of a command, what people install; else nothing. */
export async function generatedManifest(root: string, part: Deployable): Promise<ReadonlyMap<string, Uint8Array>> {
  if (part.command !== undefined) return await packageManifest(root, part, part.command);
  return await functionManifest(root, part);
}

/** `package.json` of a command that people install. */
async function packageManifest(
  root: string,
  part: Deployable,
  command: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const path = join(root, 'package.json');
  const { version, description, license } = parseJson(published, await readFile(path, 'utf8'), { what: path });
  const manifest = {
    name: `${command}-${part.name}`,
    version,
    description,
    license,
    type: 'module',
    bin: { [command]: Object.keys(part.programs)[0] },
    engines: { node: `>=${part.node}` },
  };
  return new Map([['package.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)]]);
}

/** `package.json` and `package-lock.json` of a function: what the host installs beside the bundle, in the versions of this project. */
async function functionManifest(root: string, part: Deployable): Promise<ReadonlyMap<string, Uint8Array>> {
  const main = Object.keys(part.programs)[0];
  if (part.runtimeDependencies === undefined || main === undefined) return new Map();
  const path = join(root, 'package.json');
  const { version, dependencies } = parseJson(packageJson, await readFile(path, 'utf8'), { what: path });
  const runtime = part.runtimeDependencies.map((name) => {
    const pinned = dependencies[name];
    if (pinned === undefined) throw new Error(`${path} does not depend on ${name}`);
    return [name, pinned] as const;
  });
  const manifest = {
    name: `yb-${part.name}`,
    version,
    private: true,
    type: 'module',
    main,
    ...(part.hostBuild === undefined ? {} : { scripts: { 'gcp-build': part.hostBuild } }),
    dependencies: Object.fromEntries(runtime),
  };
  const lock = lockFor(manifest, await readFile(join(root, 'package-lock.json'), 'utf8'));
  return new Map([
    ['package.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)],
    ['package-lock.json', Buffer.from(lock)],
  ]);
}
