import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitFile } from '../../../shared/attempt/run-files.ts';
import { buildExitCodes, checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { createSetting } from './checkout-rig.ts';

const workspace = { 'MODULE.bazel': '', 'a/one.txt': 'one\n', 'a/two.txt': 'two\n' };

describe('a checkout that cannot succeed', () => {
  it('refuses a volume that a later attempt has had, and touches nothing', async () => {
    const { repository, tree, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha, { epoch: 7 });
    writeFileSync(join(tree, 'mark'), '');

    const { code, message } = await checkOut(sha, { epoch: 6 });

    expect(code).toBe(checkoutExitCodes.staleLease);
    expect(message).toContain('epoch 7; ours is 6');
    expect(existsSync(join(tree, 'mark'))).toBe(true);
  });

  it('refuses a volume whose epoch is damaged', async () => {
    const { repository, volume, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha);
    writeFileSync(join(volume, 'trusted/epoch'), '');

    expect((await checkOut(sha)).code).toBe(checkoutExitCodes.volumeDamaged);
  });

  it('says that a commit is gone when its branch was rewritten', async () => {
    const { repository, checkOut } = await createSetting();
    repository.commit(workspace);
    const lost = repository.commit({ 'a/two.txt': 'lost' }, { branch: 'topic' });
    repository.forget('topic');

    const { code, message, run } = await checkOut(lost);

    expect(code).toBe(checkoutExitCodes.commitGone);
    expect(message).toContain(lost.slice(0, 12));
    const exit = ExitFile.parse(JSON.parse(readFileSync(join(run, 'exit'), 'utf8')));
    expect(exit).toMatchObject({ exitCode: checkoutExitCodes.commitGone, repairs: [], toolchain: null });
  });

  it.each([403, 404])('says that the credential is refused when the host answers %i', async (status) => {
    const { repository, server, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    server.answerWith(status);

    expect((await checkOut(sha)).code).toBe(checkoutExitCodes.badCredential);
  });

  it('says that the credential is refused when it is wrong, without showing it', async () => {
    const { repository, checkOut } = await createSetting();
    const sha = repository.commit(workspace);

    const { code, log, message } = await checkOut(sha, {}, { token: 'wrong-token-of-somebody' });

    expect(code).toBe(checkoutExitCodes.badCredential);
    expect(log + message).not.toContain('wrong-token');
  });

  it('keeps the warm volume when the host is down, and follows no redirect', async () => {
    const { repository, server, tree, volume, checkOut } = await createSetting();
    await checkOut(repository.commit(workspace));
    const sha = repository.commit({ 'a/two.txt': 'TWO\n' });
    for (const [status, headers] of [
      [503, {}],
      [302, { location: server.url('owner/other.git') }],
    ] as const) {
      server.answerWith(status, headers);
      const { code, log } = await checkOut(sha);
      expect(code).toBe(checkoutExitCodes.checkoutFailed);
      expect(log).not.toContain('with an empty');
    }
    expect(server.requests.some(({ path }) => path.includes('other'))).toBe(false);
    expect(existsSync(join(tree, 'a/one.txt'))).toBe(true);
    expect(existsSync(join(volume, 'trusted/mirror.git/HEAD'))).toBe(true);
  });

  it.each([
    'file:///etc',
    'ssh://git@127.0.0.1/owner/app.git',
    'http://127.0.0.1:1/a',
    'https://user:pw@127.0.0.1:1/a',
  ])('refuses the address %s where only https is allowed', async (cloneUrl) => {
    const { repository, server, checkOut } = await createSetting();
    const sha = repository.commit(workspace);

    const { code, message } = await checkOut(sha, {
      allowInsecure: false,
      repository: { fullName: 'owner/app', cloneUrl },
    });

    expect(code).toBe(checkoutExitCodes.checkoutFailed);
    expect(message).toContain('https');
    expect(server.requests).toEqual([]);
  });

  it('says that a repository without a Bazel workspace is none', async () => {
    const { repository, checkOut } = await createSetting();
    const sha = repository.commit({ 'README.md': 'hello', 'sub/WORKSPACE': '' });

    expect((await checkOut(sha)).code).toBe(checkoutExitCodes.noWorkspace);
  });

  it('does not write to a volume that another process has locked', async () => {
    const { repository, volume, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha);
    const holder = join(volume, 'build/lock');
    const other = spawn('flock', [holder, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
    other.stdin.write('.');
    await new Promise((resolve) => {
      other.stdout.once('data', resolve);
    });

    const { code } = await checkOut(sha);
    other.stdin.end();

    expect(code).toBe(buildExitCodes.volumeBusy);
  });
});
