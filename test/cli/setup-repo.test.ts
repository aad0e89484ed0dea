import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGit } from '../support/git-repository.ts';
import { allFiles, startSetting } from './setup-rig.ts';

describe('yb setup-repo', () => {
  it('leads from an empty repository to one that is built, by two answers', async () => {
    const { yb, url, head, hooks, server, folder, github } = await startSetting();

    const { code, stdout, stderr } = await yb(['setup-repo', url], { input: 'Y\nY\n' });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { sha, files } = await head();
    expect(stdout.replace(sha, 'SHA')).toBe(`  Cloning repo into "myproject"

  Checking Bazel workspace... missing.

  Would you like to add "MODULE.bazel", "WORKSPACE" and
    "BUILD.bazel" to your repository root so you can
    start building your code with Bazel? (Y/n): Y

  Files added. Git change committed and pushed:
    SHA

  Checking CI hook... not found.

  Would you like to add a hook to your GitHub
    repository to build and test your code when branches
    are updated (Y/n): Y

  Waiting for GitHub's ping... arrived.

  Repo setup done.
    ${server.url}/demo/myproject
`);
    expect(files).toEqual(['BUILD.bazel', 'MODULE.bazel', 'WORKSPACE']);
    const registered = server.repositories.get('demo/myproject');
    expect(registered?.credential).toBe('app');
    expect(registered?.secrets).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
    expect(await hooks()).toMatchObject([
      {
        active: true,
        events: ['push', 'pull_request'],
        config: { url: `${server.webhookUrl}/${registered?.hookKey}`, content_type: 'json', insecure_ssl: '0' },
      },
    ]);
    const clone = join(folder, 'myproject');
    expect(runGit(clone, ['status', '--short', '--branch'])).toBe('## main...origin/main');
    expect(runGit(clone, ['log', '-1', '--format=%an <%ae>'])).toMatch(
      /^demo <\d+\+demo@users\.noreply\.127\.0\.0\.1>$/,
    );
    expect(readFileSync(join(clone, '.git/config'), 'utf8')).not.toContain(github.token);
  });

  it('changes nothing when it is run again, wherever that is', async () => {
    const { yb, url, head, writes, server, folder } = await startSetting({ files: { 'README.md': 'Hi\n' } });
    await yb(['setup-repo', url, '--yes']);
    const before = { head: await head(), registered: structuredClone(server.repositories) };
    expect(writes).toEqual(['PUT /api/v1/repos/demo/myproject', 'POST /repos/demo/myproject/hooks']);
    writes.length = 0;

    const beside = await yb(['setup-repo', url, '--yes']);
    const within = await yb(['setup-repo', 'demo/myproject'], { cwd: join(folder, 'myproject') });

    for (const { code, stdout } of [beside, within]) {
      expect(code).toBe(0);
      expect(stdout).toBe(`  Using the clone in "myproject"

  Checking Bazel workspace... found (MODULE.bazel, WORKSPACE).

  Checking CI hook... found.

  Everything was in place: nothing was changed.

  Repo setup done.
    ${server.url}/demo/myproject
`);
    }
    expect(writes).toEqual([]);
    expect({ head: await head(), registered: server.repositories }).toEqual(before);
  });

  it('asks about the hook alone where all files are there', async () => {
    const { yb, url, head, hooks } = await startSetting({ files: allFiles });
    const before = await head();

    const { code, stdout } = await yb(['setup-repo', url], { input: 'y\n' });

    expect(code).toBe(0);
    expect(stdout).toContain('Checking Bazel workspace... found (MODULE.bazel, WORKSPACE).\n\n  Checking CI hook');
    expect(await head()).toEqual(before);
    expect(await hooks()).toHaveLength(1);
  });

  it('offers to an old workspace what new versions of Bazel need', async () => {
    const files = { 'WORKSPACE.bazel': 'workspace(name = "ours")\n', BUILD: '' };
    const { yb, url, head, folder } = await startSetting({ files });

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain(`Checking Bazel workspace... found (WORKSPACE.bazel).

  Would you like to add to your repository root, so that old and
    new versions of Bazel build your code alike:
    "MODULE.bazel" (Bazel 8 and newer need it) (Y/n): Y
`);
    expect((await head()).files).toEqual(['BUILD', 'MODULE.bazel', 'WORKSPACE.bazel']);
    expect(readFileSync(join(folder, 'myproject/MODULE.bazel'), 'utf8')).toContain('module(name = "ours")');
  });

  it('changes nothing that was not agreed to, and says what is left', async () => {
    const { yb, url, writes, hooks, server, folder } = await startSetting();

    const { code, stdout } = await yb(['setup-repo', url], { input: 'n\nn\n' });

    expect(code).toBe(0);
    expect(stdout).toContain(`
  Left undone: the Bazel files, the CI hook.
    To do it, type: yb setup-repo demo/myproject
`);
    expect(stdout).not.toContain('Repo setup done.');
    expect(writes).toEqual([]);
    expect(await hooks()).toEqual([]);
    expect(server.repositories.size).toBe(0);
    expect(runGit(join(folder, 'myproject'), ['ls-files'])).toBe('');
  });

  it('does what was agreed to, and not the other', async () => {
    const { yb, url, hooks, github, ask } = await startSetting();

    const { code, stdout } = await yb(['setup-repo', url], { input: 'n\nY\n' });

    expect(code).toBe(0);
    expect(stdout).toContain('Left undone: the Bazel files.');
    expect(await hooks()).toHaveLength(1);
    await expect(ask('GET', '/repos/demo/myproject/commits/main')).rejects.toThrow(/409|404|422/);
    expect(stdout).not.toContain(github.token);
  });

  it('fails when the answers run out, and names --yes', async () => {
    const { yb, url, hooks } = await startSetting();

    const { code, stderr } = await yb(['setup-repo', url], { input: 'n\n' });

    expect(code).toBe(1);
    expect(stderr).toBe(`yb: the input ended before this question was answered
    Answers are read line by line from the standard input.
    To answer every question by Y: --yes
`);
    expect(await hooks()).toEqual([]);
  });

  it('knows a repository by its new name when it is called by its old one', async () => {
    const { yb, ask, github, server } = await startSetting({ files: allFiles });
    await ask('PATCH', '/repos/demo/myproject', { name: 'renamed' });

    const { code, stdout } = await yb(['setup-repo', `${github.gitUrl}/demo/myproject`, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('Cloning repo into "renamed"');
    expect([...server.repositories.keys()]).toEqual(['demo/renamed']);
  });
});
