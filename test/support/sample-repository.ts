import type { Outside } from '../../shared/outside/outside.ts';
import { ownTrust } from '../../shared/run/trust.ts';
import { credentialPlace, type Repository, repositoryPath } from '../../shared/store/repositories.ts';
import { volumePath } from '../../shared/store/volumes.ts';
import { newVolume } from '../../shared/volume/volume.ts';
import { noon } from './sample-run.ts';

/** Stores a repository with a token of its own and its volumes, as if somebody had registered it. */
export async function registerSample(
  { documents, keys }: Pick<Outside, 'documents' | 'keys'>,
  { volumes, ...given }: Partial<Omit<Repository, 'volumes'>> & { readonly id: string; readonly volumes: number },
): Promise<void> {
  const path = repositoryPath(given.id);
  const token = await keys.credentials.seal(credentialPlace(given.id), 'github_pat_secret');
  const repository: Repository = {
    fullName: 'demo/hello',
    defaultBranch: 'main',
    private: true,
    customer: '7',
    hookKey: null,
    badgeKey: null,
    settings: {},
    credential: { kind: 'token', sealed: token, fingerprint: null, addedAt: noon, addedBy: 'demo' },
    volumes: { count: volumes, sizeGiB: 20 },
    stopped: null,
    createdAt: noon,
    ...given,
  };
  await documents.commit([
    { type: 'create', path, fields: { ...repository } },
    ...Array.from({ length: volumes }, (_, index) => ({
      type: 'create' as const,
      path: volumePath(given.id, index),
      fields: { ...newVolume(index, ownTrust) },
    })),
  ]);
}
