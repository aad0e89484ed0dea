import * as z from 'zod';
import { parseJson } from '../shared/json.ts';

/** An entry of npm's lock file (https://docs.npmjs.com/cli/configuring-npm/package-lock-json); what is not named here is kept. */
const Entry = z.looseObject({
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).optional(),
  dev: z.boolean().optional(),
});
type Entry = z.output<typeof Entry>;
const Lock = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), Entry) });

/**
 * The lock file for a package with some of this project's dependencies: the same versions of everything that they need, each with its
 * checksum, so that the host installs what was tested. Pure.
 * @param text this project's lock file
 */
export function lockFor(
  manifest: {
    readonly name: string;
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
  },
  text: string,
): string {
  const { packages, lockfileVersion } = parseJson(Lock, text, { what: 'package-lock.json', code: 'bad-settings' });
  const kept = new Map<string, Entry>();
  const follow = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const at = placeOf(packages, from, name);
      const entry = packages[at];
      if (entry === undefined || kept.has(at)) continue;
      const { dev: _, ...rest } = entry;
      kept.set(at, rest);
      follow(at, neededBy(entry));
    }
  };
  follow('', Object.keys(manifest.dependencies));
  const sorted = [...kept].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const { name, version, dependencies } = manifest;
  const lock = {
    name,
    version,
    lockfileVersion,
    requires: true,
    packages: { '': { name, version, dependencies }, ...Object.fromEntries(sorted) },
  };
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function neededBy(entry: Entry): string[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies), ...peers];
}

/** Where Node finds a package that the one at `from` imports: in its own folder, or in one above. */
function placeOf(packages: Readonly<Record<string, Entry>>, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const at = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (at in packages || folder === '') return at;
  }
}
