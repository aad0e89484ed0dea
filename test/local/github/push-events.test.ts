import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../world/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { addHook, cloneAddress, cloneNew, commit, git, startForTest, startReceiver } from './github-rig.ts';

const zero = '0'.repeat(40);

/** A repository with a clone and a hook whose receiver says yes. */
async function setUp(settings: Parameters<typeof startForTest>[0] = {}, events?: readonly string[]) {
  const github = await startForTest(settings);
  const receiver = await startReceiver();
  const { folder, fullName } = await cloneNew(github);
  await addHook(github.api, fullName, { url: receiver.url, ...(events === undefined ? {} : { events }) });
  const base = await git(folder, 'rev-parse', 'HEAD');
  const push = async (...args: string[]): Promise<void> => {
    await git(folder, 'push', '--quiet', 'origin', ...args);
  };
  return { github, receiver, folder, fullName, base, push };
}

describe('the event of a push', () => {
  it('tells of its commits, oldest first, and of what each did to the files', async () => {
    const clock = createManualClock();
    const { receiver, folder, base, push, fullName, github } = await setUp({ clock });
    await writeFile(join(folder, 'new file.txt'), 'one\n');
    await git(folder, 'add', '.');
    const first = await commit(folder, 'First\n\nWith a body.');
    await writeFile(join(folder, 'new file.txt'), 'two\n');
    await rm(join(folder, 'README.md'));
    await git(folder, 'add', '--all');
    const second = await commit(folder, 'Second');
    clock.advance(5000);

    await push('main');

    const [payload] = await receiver.payloads('push', 1);
    expect(payload).toMatchObject({
      ref: 'refs/heads/main',
      before: base,
      after: second,
      created: false,
      deleted: false,
      forced: false,
      base_ref: null,
      compare: `${github.webUrl}/${fullName}/compare/${base.slice(0, 12)}...${second.slice(0, 12)}`,
      commits: [
        { id: first, message: 'First\n\nWith a body.', added: ['new file.txt'], removed: [], modified: [] },
        { id: second, added: [], removed: ['README.md'], modified: ['new file.txt'] },
      ],
      head_commit: {
        id: second,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/),
        author: { name: 'Ann', email: 'ann@example.com' },
      },
      pusher: { name: 'demo' },
      sender: { login: 'demo', type: 'User' },
      repository: {
        full_name: fullName,
        fork: false,
        private: false,
        default_branch: 'main',
        clone_url: `${github.gitUrl}/${fullName}.git`,
        html_url: `${github.webUrl}/${fullName}`,
        owner: { login: 'demo', name: 'demo' },
        created_at: clock.now().getTime() / 1000 - 5,
        pushed_at: clock.now().getTime() / 1000,
      },
    });
  });

  it('says when a branch is made, moved back and deleted', async () => {
    const { receiver, folder, base, push } = await setUp();
    const tip = await commit(folder, 'On a branch');
    await push('HEAD:refs/heads/topic/ünïcode');
    const other = await (async () => {
      await git(folder, 'reset', '--quiet', '--hard', base);
      return await commit(folder, 'Rewritten');
    })();
    await receiver.payloads('push', 1);
    await push('--force', 'HEAD:refs/heads/topic/ünïcode');
    await receiver.payloads('push', 2);
    await push(':refs/heads/topic/ünïcode');

    const [made, moved, deleted] = await receiver.payloads('push', 3);

    const ref = 'refs/heads/topic/ünïcode';
    expect(made).toMatchObject({ ref, before: zero, after: tip, created: true, forced: false, commits: [{ id: tip }] });
    expect(moved).toMatchObject({ ref, before: tip, after: other, forced: true, commits: [{ id: other }] });
    expect(deleted).toMatchObject({ ref, before: other, after: zero, deleted: true, commits: [], head_commit: null });
  });

  it('names the branch that a new one starts from, and tells of no commit twice', async () => {
    const { receiver, base, push } = await setUp();

    await push('HEAD:refs/heads/same');

    const [payload] = await receiver.payloads('push', 1);
    expect(payload).toMatchObject({ base_ref: 'refs/heads/main', commits: [], head_commit: { id: base }, after: base });
  });

  it('is one for each ref, and tells of tags as long as there are no more than three', async () => {
    const { receiver, folder, base, push } = await setUp();
    await git(folder, 'tag', 'light');
    await git(folder, 'tag', '-a', 'heavy', '-m', 'A tag of its own');
    const heavy = await git(folder, 'rev-parse', 'heavy');
    await push('light', 'heavy', 'HEAD:refs/heads/one');
    const three = await receiver.payloads('push', 3);
    for (const name of ['a', 'b', 'c', 'd']) await git(folder, 'tag', name);
    await push('a', 'b', 'c', 'd', 'HEAD:refs/heads/two');
    await push('HEAD:refs/heads/three');

    const all = await receiver.payloads('push', 5);

    expect(three).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ref: 'refs/tags/light', after: base, created: true }),
        expect.objectContaining({
          ref: 'refs/tags/heavy',
          after: heavy,
          head_commit: expect.objectContaining({ id: base }),
        }),
        expect.objectContaining({ ref: 'refs/heads/one' }),
      ]),
    );
    expect(all.slice(3).map(({ ref }) => ref)).toEqual(['refs/heads/two', 'refs/heads/three']);
  });

  it('lists at most 2048 commits, the newest', { timeout: 240_000 }, async () => {
    const { receiver, folder, base, push } = await setUp();
    const stream = Array.from({ length: 2060 }, (_, index) =>
      [
        'commit refs/heads/main',
        `committer Ann <ann@example.com> ${String(1_700_000_000 + index)} +0000`,
        'data 1',
        'x',
        ...(index === 0 ? [`from ${base}`] : []),
        '',
      ].join('\n'),
    ).join('\n');
    const file = join(temporaryFolder(), 'stream');
    await writeFile(file, stream);
    await git(folder, '-c', `alias.load=!git fast-import --quiet --force <"${file}"`, 'load');
    await push('main');

    const [payload] = await receiver.payloads('push', 1);

    expect(payload?.['commits']).toHaveLength(2048);
    expect(payload?.['commits']).toMatchObject({ 2047: { id: payload?.['after'] } });
  });

  it('is not made by a push that changes nothing', async () => {
    const { receiver, push } = await setUp();
    await push('main');
    await push('HEAD:refs/heads/marker');

    const [only] = await receiver.payloads('push', 1);

    expect(only).toMatchObject({ ref: 'refs/heads/marker' });
  });

  it('is not sent at all if its payload has more than 25 MB', async () => {
    const { receiver, folder, push } = await setUp();
    const file = join(temporaryFolder(), 'message');
    // The message of the newest commit stands in a payload twice.
    await writeFile(file, 'x'.repeat(13 * 1024 * 1024));
    await git(folder, 'commit', '--quiet', '--allow-empty', '-F', file);
    await push('HEAD:refs/heads/big');
    await commit(folder, 'A short one');
    await push('HEAD:refs/heads/after');

    const payloads = await receiver.payloads('push', 1);

    expect(payloads.map(({ ref }) => ref)).toEqual(['refs/heads/after']);
  });

  it('is one for each of the pushes that go on at once', async () => {
    const { receiver, folder, push } = await setUp();
    const names = ['a', 'b', 'c', 'd'];
    const tips = new Map<string, string>();
    for (const name of names) {
      await git(folder, 'checkout', '--quiet', '-b', name, 'main');
      tips.set(`refs/heads/${name}`, await commit(folder, `On ${name}`));
    }

    await Promise.all(names.map(async (name) => await push(name)));

    const payloads = await receiver.payloads('push', names.length);
    expect(new Map(payloads.map(({ ref, after }) => [ref, after]))).toEqual(tips);
    for (const { after, commits } of payloads) expect(commits).toMatchObject([{ id: after }]);
  });

  it('goes to every hook that listens, under one GUID, and to no other', async () => {
    const { github, receiver, folder, fullName, push } = await setUp();
    const [everything, deaf, off] = [await startReceiver(), await startReceiver(), await startReceiver()];
    await addHook(github.api, fullName, { url: everything.url, events: ['*'] });
    await addHook(github.api, fullName, { url: deaf.url, events: ['issues'] });
    const offId = await addHook(github.api, fullName, { url: off.url });
    await github.api('PATCH', `/repos/${fullName}/hooks/${String(offId)}`, { body: { active: false } });
    await commit(folder, 'For all');
    await push('main');
    await Promise.all([receiver.payloads('push', 1), everything.payloads('push', 1)]);

    const guids = [receiver, everything].map(
      ({ received }) =>
        received.find(({ headers }) => headers['x-github-event'] === 'push')?.headers['x-github-delivery'],
    );
    expect(guids[0]).toBe(guids[1]);
    for (const silent of [deaf, off]) {
      expect(silent.received.filter(({ headers }) => headers['x-github-event'] !== 'ping')).toEqual([]);
    }
  });

  it('can be asked for again as a test', async () => {
    const { github, receiver, folder, fullName, push } = await setUp();
    await commit(folder, 'Once');
    await push('main');
    await receiver.payloads('push', 1);
    const [hook] = (await github.api('GET', `/repos/${fullName}/hooks`)).body as { id: number }[];

    expect((await github.api('POST', `/repos/${fullName}/hooks/${String(hook?.id)}/tests`)).status).toBe(204);

    const [first, again] = await receiver.payloads('push', 2);
    expect(again).toEqual(first);
  });

  it('names the collaborator who pushed', async () => {
    const { github, receiver, folder, fullName } = await setUp();
    await github.api('PUT', `/repos/${fullName}/collaborators/other`, { body: { permission: 'push' } });
    await commit(folder, 'By another');
    await git(folder, 'push', '--quiet', cloneAddress(github, fullName, github.otherToken), 'main');

    const [payload] = await receiver.payloads('push', 1);

    expect(payload).toMatchObject({ pusher: { name: 'other' }, sender: { login: 'other' } });
  });

  it('moves the pull requests of the branch', async () => {
    const { github, receiver, folder, fullName, push } = await setUp({}, ['pull_request']);
    await commit(folder, 'Topic');
    await push('HEAD:refs/heads/topic');
    const made = await github.api('POST', `/repos/${fullName}/pulls`, {
      body: { title: 'Topic', head: 'topic', base: 'main' },
    });
    expect(made.status).toBe(201);
    const tip = await commit(folder, 'More of it');
    await receiver.payloads('pull_request', 1);
    await push('HEAD:refs/heads/topic');
    await receiver.payloads('pull_request', 2);
    await push(':topic');

    const events = await receiver.payloads('pull_request', 3);

    expect(events).toMatchObject([
      { action: 'opened', number: 1, pull_request: { head: { ref: 'topic' }, base: { ref: 'main' }, state: 'open' } },
      { action: 'synchronize', after: tip, pull_request: { head: { sha: tip } } },
      { action: 'closed', pull_request: { state: 'closed' } },
    ]);
    expect(await git(folder, 'ls-remote', 'origin', 'refs/pull/1/head')).toContain(tip);
  });

  it('moves the pull requests of a fork, whose branches are nobody else’s', async () => {
    const { github, receiver, folder, fullName } = await setUp({}, ['pull_request', 'push']);
    await github.api('PATCH', `/repos/${fullName}`, { body: { private: false } });
    const token = github.otherToken;
    const forked = await github.api('POST', `/repos/${fullName}/forks`, { token });
    expect(forked.body).toMatchObject({ fork: true, owner: { login: 'other' } });
    const fork = `other/${fullName.split('/')[1] ?? ''}`;
    const push = async () => {
      await git(folder, 'push', '--quiet', cloneAddress(github, fork, token), 'HEAD:refs/heads/topic');
    };
    const first = await commit(folder, 'Of a fork');
    await push();
    const body = { title: 'Fork', head: 'other:topic', base: 'main' };
    expect((await github.api('POST', `/repos/${fullName}/pulls`, { token, body })).status).toBe(201);
    const second = await commit(folder, 'More of it');
    await push();

    const events = await receiver.payloads('pull_request', 2);

    expect(events).toMatchObject([
      { action: 'opened', pull_request: { head: { sha: first, repo: { fork: true, full_name: fork } } } },
      {
        action: 'synchronize',
        before: first,
        after: second,
        pull_request: { base: { repo: { full_name: fullName } } },
      },
    ]);
    expect(await git(folder, 'ls-remote', 'origin', 'refs/pull/1/head')).toContain(second);
    expect(await git(folder, 'ls-remote', 'origin', 'refs/heads/topic')).toBe('');
  });
});
