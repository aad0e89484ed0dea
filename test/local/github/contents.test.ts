import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addHook, cloneNew, git, startForTest, startReceiver } from './github-rig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const Written = z.object({ content: z.object({ sha: z.string() }).nullable(), commit: z.object({ sha: z.string() }) });

async function setUp() {
  const github = await startForTest();
  const receiver = await startReceiver();
  const { folder, fullName } = await cloneNew(github);
  await addHook(github.api, fullName, { url: receiver.url });
  const base = await git(folder, 'rev-parse', 'HEAD');
  return { github, receiver, folder, fullName, base, contents: `/repos/${fullName}/contents` };
}

describe('the contents of a repository', () => {
  it('are committed and pushed by writing a file, and read back as written', async () => {
    const { github, receiver, folder, base, contents } = await setUp();
    const text = 'grün 🎉\n'.repeat(20);

    const answer = await github.api('PUT', `${contents}/deep/gr%C3%BCn%20file.txt`, {
      body: { message: 'Write', content: base64(text), author: { name: 'Ann', email: 'ann@example.com' } },
    });

    expect(answer.status).toBe(201);
    const { commit } = Written.parse(answer.body);
    const [payload] = await receiver.payloads('push', 1);
    expect(payload).toMatchObject({
      ref: 'refs/heads/main',
      before: base,
      after: commit.sha,
      commits: [
        { message: 'Write', added: ['deep/grün file.txt'], author: { name: 'Ann' }, committer: { username: 'demo' } },
      ],
      pusher: { name: 'demo' },
    });
    const read = await github.api('GET', `${contents}/deep/gr%C3%BCn%20file.txt?ref=main`);
    const { content } = z.object({ content: z.string() }).parse(read.body);
    expect(Buffer.from(content, 'base64').toString('utf8')).toBe(text);
    const raw = await github.api('GET', `${contents}/deep/gr%C3%BCn%20file.txt`, {
      headers: { Accept: 'application/vnd.github.raw+json' },
    });
    expect(raw.body).toBe(text);
    expect((await github.api('GET', `${contents}/deep`)).body).toMatchObject([
      { type: 'file', path: 'deep/grün file.txt' },
    ]);
    await git(folder, 'pull', '--quiet');
    expect(await git(folder, 'show', 'HEAD:README.md')).toBe('# app');
  });

  it('change only from the version that the caller saw', async () => {
    const { github, receiver, contents } = await setUp();
    const path = `${contents}/file.txt`;
    const put = async (content: string, sha?: string) =>
      await github.api('PUT', path, {
        body: { message: content, content: base64(content), ...(sha === undefined ? {} : { sha }) },
      });
    const first = Written.parse((await put('one')).body).content?.sha ?? '';

    expect((await put('two')).status).toBe(422);
    expect((await put('two', '1'.repeat(40))).status).toBe(409);
    const second = await put('two', first);
    expect(second.status).toBe(200);
    expect((await put('three', first)).status).toBe(409);
    const gone = await github.api('DELETE', path, {
      body: { message: 'Remove', sha: Written.parse(second.body).content?.sha },
    });
    expect(gone).toMatchObject({ status: 200, body: { content: null } });
    expect((await github.api('GET', path)).status).toBe(404);

    const pushes = await receiver.payloads('push', 3);
    expect(pushes.map(({ head_commit: head }) => head)).toMatchObject([
      { added: ['file.txt'] },
      { modified: ['file.txt'] },
      { removed: ['file.txt'] },
    ]);
  });

  it('make the first commit of an empty repository, and others on a branch that is named', async () => {
    const { github, contents, fullName, base } = await setUp();
    await github.api('POST', '/user/repos', { body: { name: 'empty' } });
    const body = { message: 'm', content: base64('x') };

    expect((await github.api('PUT', '/repos/demo/empty/contents/a', { body })).status).toBe(201);
    expect((await github.api('GET', '/repos/demo/empty/commits')).body).toHaveLength(1);
    expect((await github.api('PUT', `${contents}/a`, { body: { ...body, branch: 'topic' } })).status).toBe(404);
    await github.api('POST', `/repos/${fullName}/git/refs`, { body: { ref: 'refs/heads/topic', sha: base } });
    expect((await github.api('PUT', `${contents}/a`, { body: { ...body, branch: 'topic' } })).status).toBe(201);
    expect((await github.api('GET', `${contents}/a`)).status).toBe(404);
    expect((await github.api('GET', `${contents}/a?ref=topic`)).status).toBe(200);
  });

  it.each(['../x', 'a/../x', '.git/config', 'a/.GIT/x', 'a//b', '%00'])('have no place for %j', async (path) => {
    const { github, contents } = await setUp();

    const answer = await github.api('PUT', `${contents}/${encodeURIComponent(decodeURIComponent(path))}`, {
      body: { message: 'm', content: '' },
    });

    expect(answer.status).toBe(422);
  });

  it('need the right to write', async () => {
    const { github, contents } = await setUp();
    const body = { message: 'm', content: '' };

    expect((await github.api('PUT', `${contents}/a`, { body, token: github.otherToken })).status).toBe(403);
    expect((await github.api('PUT', `${contents}/a`, { body, token: null })).status).toBe(401);
  });
});

describe('refs', () => {
  it('are made, moved and deleted, each with the event of a push', async () => {
    const { github, receiver, fullName, base, contents } = await setUp();
    const refs = `/repos/${fullName}/git/refs`;
    const written = await github.api('PUT', `${contents}/a`, { body: { message: 'm', content: '' } });
    const after = Written.parse(written.body).commit.sha;

    expect((await github.api('POST', refs, { body: { ref: 'refs/heads/x/y', sha: after } })).status).toBe(201);
    expect((await github.api('POST', refs, { body: { ref: 'refs/heads/x/y', sha: after } })).status).toBe(422);
    const back = await github.api('PATCH', `${refs}/heads/x/y`, { body: { sha: base } });
    expect(back).toMatchObject({ status: 422, body: { message: 'Update is not a fast forward' } });
    expect((await github.api('PATCH', `${refs}/heads/x/y`, { body: { sha: base, force: true } })).status).toBe(200);
    expect((await github.api('DELETE', `${refs}/heads/x/y`)).status).toBe(204);
    expect((await github.api('DELETE', `${refs}/heads/main`)).status).toBe(422);

    const events = await receiver.payloads('push', 4);
    expect(events.slice(1)).toMatchObject([
      { ref: 'refs/heads/x/y', created: true, after },
      { forced: true, before: after, after: base },
      { deleted: true, before: base },
    ]);
  });
});
