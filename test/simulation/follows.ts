import { Repository, repositoryPath } from '../../shared/store/repositories.ts';
import type { MemoryDocuments } from '../world/documents.ts';
import type { World } from '../world/installation.ts';

/** What GitHub says of a repository holds here once it was heard of: its name, and that it belongs to nobody who is served here. At rest. */
export function follows(of: {
  readonly left: ReadonlySet<string>;
  readonly heardOf: ReadonlySet<string>;
  readonly world: World<MemoryDocuments>;
}): string[] {
  const { left, heardOf, world } = of;
  const all = world.documents.all();
  return world.github.repositories_.flatMap(({ id, fullName }) => {
    const repository = Repository.parse(all.get(repositoryPath(id))?.data);
    const { stopped, credential } = repository;
    const isNamed = left.has(id) || !heardOf.has(id) || repository.fullName === fullName;
    const kept = [...all.keys()].filter(
      (path) => path.startsWith(`${repositoryPath(id)}/`) && /\/(volumes|secrets)\//.test(path),
    );
    const disks = [...world.cluster.disks.keys()].filter((name) => name.includes(id));
    return [
      ...(isNamed ? [] : [`follows: ${fullName} is still called ${repository.fullName}`]),
      ...(left.has(id) && heardOf.has(id) && stopped === null
        ? [`follows: ${fullName} went away and goes on here`]
        : []),
      ...(stopped !== null && credential !== null ? [`follows: the credential of ${fullName} is kept`] : []),
      ...(stopped === null ? [] : [...kept, ...disks].map((what) => `follows: ${what} is left of ${fullName}`)),
    ];
  });
}
