import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Git } from './command.ts';
import type { Signature } from './commit-object.ts';

/** Makes the first commit of an empty repository, with one file. No ref is moved. @returns its SHA */
export type MakeFirstCommit = (
  directory: string,
  commit: { readonly path: string; readonly content: string; readonly message: string; readonly person: Signature },
) => Promise<string>;

export function createFirstCommit(git: Git): MakeFirstCommit {
  return async (directory, { path, content, message, person }) => {
    const folder = await mkdtemp(join(tmpdir(), 'local-github-index-'));
    const own = {
      GIT_INDEX_FILE: join(folder, 'index'),
      ...variables('AUTHOR', person),
      ...variables('COMMITTER', person),
    };
    const run = async (args: readonly string[], input = ''): Promise<string> => {
      const { stdout } = await git({ directory, args, input: Buffer.from(input), env: own });
      return stdout.toString('utf8').trim();
    };
    try {
      const blob = await run(['hash-object', '-w', '--stdin'], content);
      await run(['update-index', '--index-info'], `100644 ${blob}\t${path}\n`);
      return await run(['commit-tree', await run(['write-tree'])], `${message}\n`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

function variables(role: 'AUTHOR' | 'COMMITTER', { name, email, date }: Signature): Record<string, string> {
  return { [`GIT_${role}_NAME`]: name, [`GIT_${role}_EMAIL`]: email, [`GIT_${role}_DATE`]: date };
}
