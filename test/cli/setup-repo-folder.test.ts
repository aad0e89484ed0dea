import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allFiles, git, type Setting, startSetting } from './setup-rig.ts';

/** The setting with a clone that was made by hand. */
async function startWithClone(files: Readonly<Record<string, string>> = { 'README.md': 'Hi\n' }) {
  const setting = await startSetting({ files });
  const clone = join(setting.folder, 'myproject');
  await git(setting.folder, 'clone', '--quiet', setting.url, clone);
  return { ...setting, clone };
}

async function expectNothingDone(setting: Setting, code: number): Promise<void> {
  expect(code).toBe(1);
  expect(setting.writes).toEqual([]);
  expect(await setting.hooks()).toEqual([]);
}

describe('the folder of yb setup-repo', () => {
  it('may be a clone that is behind, and is brought up to date', async () => {
    const { yb, url, push, clone, head } = await startWithClone();
    await push({ more: 'more' });
    const { sha } = await head();

    const { code, stdout } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(stdout).toContain('Using the clone in "myproject"');
    expect(await git(clone, 'rev-parse', 'HEAD~1')).toBe(sha);
    expect(readdirSync(clone)).toEqual(expect.arrayContaining(['more', 'MODULE.bazel']));
  });

  it('may be below a clone in which the person is, whatever remote of it is the repository', async () => {
    const { yb, url, clone, head } = await startWithClone();
    await git(clone, 'remote', 'rename', 'origin', 'upstream');
    mkdirSync(join(clone, 'deep/down'), { recursive: true });

    const { code } = await yb(['setup-repo', url, '--yes'], { cwd: join(clone, 'deep/down') });

    expect(code).toBe(0);
    expect(existsSync(join(clone, 'MODULE.bazel'))).toBe(true);
    expect(await git(clone, 'rev-parse', 'upstream/main')).toBe((await head()).sha);
  });

  it('may be a clone by ssh: the token is used all the same', async () => {
    const { yb, url, clone, head } = await startWithClone();
    await git(clone, 'remote', 'set-url', 'origin', 'git@127.0.0.1:demo/myproject.git');

    const { code } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect((await head()).files).toContain('MODULE.bazel');
  });

  it('may be a repository of the person that was never pushed to', async () => {
    const { yb, url, folder, head } = await startSetting();
    const clone = join(folder, 'myproject');
    await git(folder, 'init', '--quiet', clone);
    await git(clone, 'remote', 'add', 'origin', url);

    const { code } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect((await head()).files).toContain('MODULE.bazel');
  });

  it('may be empty', async () => {
    const { yb, url, folder } = await startSetting();
    mkdirSync(join(folder, 'myproject'));

    expect((await yb(['setup-repo', url, '--yes'])).stdout).toContain('Cloning repo into "myproject"');
  });

  it('is left alone if it is not a clone, a clone of another repository, or a file', async () => {
    const setting = await startSetting();
    const taken = join(setting.folder, 'myproject');
    writeFileSync(taken, 'mine');
    const file = await setting.yb(['setup-repo', setting.url, '--yes']);
    rmSync(taken);
    mkdirSync(taken);
    writeFileSync(join(taken, 'mine'), 'mine');
    const folder = await setting.yb(['setup-repo', setting.url, '--yes']);
    await git(taken, 'init', '--quiet');
    await git(taken, 'remote', 'add', 'origin', `${setting.github.gitUrl}/demo/other.git`);
    const other = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(file.stderr).toContain('"myproject" is there already and is not a folder');
    expect(folder.stderr).toContain('"myproject" is there already and is not a clone of this repository');
    expect(other.stderr).toContain('None of its remotes is it');
    expect(readdirSync(taken)).toEqual(['.git', 'mine']);
    await expectNothingDone(setting, other.code);
  });

  it.each([
    ['uncommitted changes', 'has changes that are not committed', ['!README.md']],
    ['another branch', 'is on branch topic, not on main', ['switch', '--quiet', '-c', 'topic']],
    ['no branch', 'is on no branch, not on main', ['checkout', '--quiet', '--detach']],
    ['unpushed commits', 'has commits that GitHub does not have', ['commit', '--quiet', '--allow-empty', '-m', 'x']],
    ['a file of a name to be added', 'holds BUILD.bazel, which is not committed', ['!BUILD.bazel']],
  ])('with %s is not committed to', async (_name, what, change) => {
    const { clone, ...setting } = await startWithClone();
    const [first = ''] = change;
    if (first.startsWith('!')) writeFileSync(join(clone, first.slice(1)), 'mine');
    else await git(clone, ...change);
    const before = await git(clone, 'rev-parse', 'HEAD');

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(stderr).toContain(`yb: "myproject" ${what}`);
    expect(await git(clone, 'rev-parse', 'HEAD')).toBe(before);
    if (first.startsWith('!')) expect(readFileSync(join(clone, first.slice(1)), 'utf8')).toBe('mine');
    await expectNothingDone(setting, code);
  });

  it('may be in any state where nothing has to be committed', async () => {
    const { yb, url, clone } = await startWithClone(allFiles);
    await git(clone, 'switch', '--quiet', '-c', 'topic');
    writeFileSync(join(clone, 'WORKSPACE'), 'mine');

    const { code } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(readFileSync(join(clone, 'WORKSPACE'), 'utf8')).toBe('mine');
    expect(await git(clone, 'symbolic-ref', '--short', 'HEAD')).toBe('topic');
  });

  it("keeps the person's author, and adds what .gitignore hides", async () => {
    const { yb, url, clone } = await startWithClone({ '.gitignore': '*\n' });
    await git(clone, 'config', 'user.name', 'Grace');
    await git(clone, 'config', 'user.email', 'grace@example.com');

    const { code } = await yb(['setup-repo', url, '--yes']);

    expect(code).toBe(0);
    expect(await git(clone, 'log', '-1', '--format=%an <%ae> %cn')).toBe('Grace <grace@example.com> Grace');
  });

  it("is as before if the person's own hook refuses the commit", async () => {
    const { clone, ...setting } = await startWithClone();
    hook(clone, 'pre-commit', 'echo "error: no commits on Fridays" >&2; exit 1');

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(stderr).toContain('error: no commits on Fridays');
    expect(await git(clone, 'status', '--porcelain')).toBe('');
    await expectNothingDone(setting, code);
  });

  it('is as before if the commit would have to be signed and cannot be without asking', async () => {
    const { clone, ...setting } = await startWithClone();
    const program = join(setting.folder, 'sign');
    writeFileSync(program, '#!/bin/sh\nread -r answer </dev/tty\n');
    chmodSync(program, 0o755);
    await git(clone, 'config', 'commit.gpgSign', 'true');
    await git(clone, 'config', 'gpg.program', program);

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(stderr).toContain('git could not make the commit (your hooks and your signing can ask nothing here)');
    expect(await git(clone, 'status', '--porcelain')).toBe('');
    await expectNothingDone(setting, code);
  });

  it('keeps the commit that GitHub did not take, and says what to do with it', async () => {
    const users = [
      { login: 'demo', tokens: [{ value: 'github_pat_reader', permissions: { contents: 'read', webhooks: 'write' } }] },
    ] as const;
    const setting = await startSetting({ files: { 'README.md': '' }, users });

    const environment = { GITHUB_TOKEN: 'github_pat_reader' };
    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes'], { environment });

    expect(stderr).toContain('yb: GitHub did not take the commit with the Bazel files on main\n');
    expect(stderr).toContain('The commit is in "myproject": push it to a branch');
    expect(stderr.trimEnd().split('\n')).toHaveLength(3);
    expect(await git(join(setting.folder, 'myproject'), 'rev-list', '--count', 'origin/main..main')).toBe('1');
    await expectNothingDone(setting, code);
  });

  it('says so if somebody was faster', async () => {
    const { clone, github, ...setting } = await startWithClone();
    const address = setting.url.replace('http://', `http://x-access-token:${github.token}@`);
    const other = '$(git commit-tree -p HEAD~1 -m other "HEAD~1^{tree}")';
    hook(clone, 'post-commit', `git push --quiet '${address}' "${other}:refs/heads/main"`);

    const { code, stderr } = await setting.yb(['setup-repo', setting.url, '--yes']);

    expect(stderr).toContain('main has moved meanwhile.');
    expect(stderr).toContain('git pull --rebase && git push');
    await expectNothingDone({ ...setting, github }, code);
  });
});

function hook(clone: string, name: string, script: string): void {
  const path = join(clone, '.git/hooks', name);
  mkdirSync(join(clone, '.git/hooks'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}
