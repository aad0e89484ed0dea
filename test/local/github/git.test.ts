import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { cloneAddress, cloneNew, commit, git, startForTest, tryGit } from './github-rig.ts';

describe('git over HTTP', () => {
  it('clones and pushes with the token as password', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github, { private: true });
    await writeFile(join(folder, 'file.txt'), 'hello\n');
    await git(folder, 'add', '.');
    const sha = await commit(folder, 'Say hello');

    await git(folder, 'push', '--quiet', 'origin', 'main');

    const other = temporaryFolder();
    await git(other, 'clone', '--quiet', cloneAddress(github, fullName), '.');
    expect(await git(other, 'rev-parse', 'HEAD')).toBe(sha);
    expect((await github.api('GET', `/repos/${fullName}/commits/main`)).body).toMatchObject({ sha });
  });

  it.each([
    {
      what: 'reads a public repository without a token',
      private: false,
      who: 'nobody',
      push: false,
      code: 0,
      says: '',
    },
    { what: 'reads a public repository without rights', private: false, who: 'other', push: false, code: 0, says: '' },
    {
      what: 'asks for credentials before a push',
      private: false,
      who: 'nobody',
      push: true,
      code: 128,
      says: 'could not read Username',
    },
    {
      what: 'refuses a push without write right',
      private: false,
      who: 'other',
      push: true,
      code: 128,
      says: 'Permission to demo/app.git denied to other.',
    },
    {
      what: 'asks for credentials before a private repository',
      private: true,
      who: 'nobody',
      push: false,
      code: 128,
      says: 'could not read Username',
    },
    {
      what: 'hides a private repository from those without rights',
      private: true,
      who: 'other',
      push: false,
      code: 128,
      says: 'not found',
    },
    {
      what: 'refuses a token that is none',
      private: true,
      who: 'stranger',
      push: false,
      code: 128,
      says: 'Authentication failed',
    },
  ])('$what', async (row) => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github, { private: row.private });
    const tokens: Record<string, string | null> = {
      nobody: null,
      other: github.otherToken,
      stranger: 'github_pat_wrong',
    };
    const address = cloneAddress(github, fullName, tokens[row.who] ?? null);
    await commit(folder, 'More');

    const outcome = row.push
      ? await tryGit(folder, 'push', address, 'main')
      : await tryGit(folder, 'ls-remote', address);

    expect(outcome.output).toContain(row.says);
    expect(outcome.code).toBe(row.code);
  });

  it('lets a collaborator in as far as his right goes', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github, { private: true });
    const address = cloneAddress(github, fullName, github.otherToken);
    await commit(folder, 'More');

    await github.api('PUT', `/repos/${fullName}/collaborators/other`, { body: { permission: 'pull' } });
    expect((await tryGit(folder, 'ls-remote', address)).code).toBe(0);
    expect((await tryGit(folder, 'push', address, 'main')).code).not.toBe(0);
    await github.api('PUT', `/repos/${fullName}/collaborators/other`, { body: { permission: 'push' } });
    expect((await tryGit(folder, 'push', address, 'main')).code).toBe(0);
    await github.api('DELETE', `/repos/${fullName}/collaborators/other`);
    expect((await tryGit(folder, 'ls-remote', address)).output).toContain('not found');
  });

  it('reads with a narrowed token and refuses to write with it', async () => {
    const reader = {
      value: 'github_pat_reader',
      permissions: { contents: 'read' as const },
      repositories: ['demo/app'],
    };
    const github = await startForTest({ users: [{ login: 'demo', tokens: [reader] }] });
    const { folder, fullName } = await cloneNew(github, { private: true });
    await cloneNew(github, { name: 'secret', private: true });
    await commit(folder, 'More');

    expect((await tryGit(folder, 'ls-remote', cloneAddress(github, fullName, reader.value))).code).toBe(0);
    expect((await tryGit(folder, 'push', cloneAddress(github, fullName, reader.value), 'main')).code).not.toBe(0);
    expect((await tryGit(folder, 'ls-remote', cloneAddress(github, 'demo/secret', reader.value))).output).toContain(
      'not found',
    );
  });

  it('serves partial clones and commits by their SHA, but none that was force-pushed away', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    const older = await git(folder, 'rev-parse', 'HEAD');
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'deep', 'file.txt'), 'first\n');
    await git(folder, 'add', '.');
    const gone = await commit(folder, 'First');
    await git(folder, 'push', '--quiet', 'origin', 'main');
    await git(folder, 'reset', '--quiet', '--hard', 'HEAD~1');
    await commit(folder, 'Second');
    await git(folder, 'push', '--quiet', '--force', 'origin', 'main');

    const partial = temporaryFolder();
    await git(partial, 'clone', '--quiet', '--filter=blob:none', '--no-checkout', cloneAddress(github, fullName), '.');
    expect(await git(partial, 'rev-list', '--objects', '--missing=print', 'HEAD')).toContain('?');
    expect((await tryGit(partial, 'fetch', '--quiet', '--depth=1', 'origin', gone)).output).toContain('not our ref');
    await git(partial, 'fetch', '--quiet', '--depth=1', 'origin', older);
    expect(await git(partial, 'rev-parse', 'FETCH_HEAD')).toBe(older);
  });

  it('takes a push bigger than git keeps in memory, which comes in chunks', async () => {
    const github = await startForTest();
    const { folder } = await cloneNew(github);
    // Text that no compression makes small.
    const bytes = Buffer.alloc(3 * 1024 * 1024);
    for (let index = 0, seed = 1; index < bytes.length; index += 1) {
      seed = (seed * 48271) % 2147483647;
      bytes[index] = seed & 0xff;
    }
    await writeFile(join(folder, 'big.bin'), bytes);
    await git(folder, 'add', '.');
    const sha = await commit(folder, 'Big');

    await git(folder, '-c', 'http.postBuffer=65536', 'push', '--quiet', 'origin', 'main');

    expect(await git(folder, 'ls-remote', 'origin', 'refs/heads/main')).toContain(sha);
  });

  it('understands a gzip body', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    const sha = await git(folder, 'rev-parse', 'HEAD');
    const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
    const body = gzipSync(`${line(`want ${sha} ofs-delta\n`)}0000${line('done\n')}`);

    const answer = await new Promise<Buffer>((resolve, reject) => {
      const call = request(`${github.gitUrl}/${fullName}.git/git-upload-pack`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Content-Encoding': 'gzip' },
      });
      call.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve(Buffer.concat(chunks));
        });
      });
      call.on('error', reject);
      call.end(body);
    });

    expect(answer.toString('latin1')).toContain('PACK');
  });

  it('keeps the default branch from being deleted, and pull requests from being pushed', async () => {
    const github = await startForTest();
    const { folder } = await cloneNew(github);

    expect((await tryGit(folder, 'push', 'origin', ':main')).output).toContain('refusing to delete the current branch');
    expect((await tryGit(folder, 'push', 'origin', 'HEAD:refs/pull/7/head')).output).toContain('remote rejected');
  });

  it('makes the first branch of an empty repository its default branch', async () => {
    const github = await startForTest();
    await github.api('POST', '/user/repos', { body: { name: 'empty' } });
    const folder = temporaryFolder();
    await git(folder, 'init', '--quiet', '--initial-branch=trunk');
    await commit(folder, 'First');

    await git(folder, 'push', '--quiet', cloneAddress(github, 'demo/empty'), 'trunk');

    expect((await github.api('GET', '/repos/demo/empty')).body).toMatchObject({ default_branch: 'trunk' });
  });

  it('refuses to write to an archived repository', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    await github.api('PATCH', `/repos/${fullName}`, { body: { archived: true } });
    await commit(folder, 'Too late');

    expect((await tryGit(folder, 'push', 'origin', 'main')).output).toContain('archived');
    expect((await tryGit(folder, 'ls-remote', 'origin')).code).toBe(0);
  });
});
