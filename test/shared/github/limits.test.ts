import { describe, expect, it } from 'vitest';
import { createGitHub } from '../../../shared/github/github.ts';
import { createManualClock } from '../../world/clock.ts';

const commit = { fullName: 'demo/shop', sha: 'a'.repeat(40) };
const second = 1000;

function setUp(answers: readonly { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[]) {
  const clock = createManualClock();
  const asked: string[] = [];
  const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
    asked.push(new Headers(init?.headers).get('authorization') ?? 'nobody');
    const { status, headers = {} } = answers[asked.length - 1] ?? { status: 200 };
    return await Promise.resolve(Response.json(status === 200 ? [] : { message: 'no' }, { status, headers }));
  };
  const github = createGitHub({ apiUrl: 'https://api.github.com', clock, fetch });
  const read = async (token: string) => await github.readStatus(token, commit, 'yb');
  return { clock, asked, read, github };
}

describe('a limit of GitHub', () => {
  it('holds for everything that the same credential asks, and for no other', async () => {
    const { clock, asked, read, github } = setUp([{ status: 403, headers: { 'retry-after': '60' } }]);
    const retryAt = new Date(clock.now().getTime() + 60 * second);
    const refusal = { code: 'github-rate-limited', retryAt };
    await expect(read('one')).rejects.toMatchObject(refusal);
    await expect(read('one')).rejects.toMatchObject(refusal);
    await expect(github.comment('one', commit, 'x')).rejects.toMatchObject(refusal);
    expect(asked).toHaveLength(1);
    expect(await read('other')).toBeNull();
    expect(asked).toHaveLength(2);
    clock.advance(60 * second - 1);
    await expect(read('one')).rejects.toMatchObject(refusal);
    clock.advance(1);
    expect(await read('one')).toBeNull();
    expect(asked).toHaveLength(3);
  });

  it('is not believed for longer than GitHub has any', async () => {
    const { clock, asked, read } = setUp([{ status: 429, headers: { 'retry-after': '999999' } }]);
    await expect(read('one')).rejects.toMatchObject({ code: 'github-rate-limited' });
    clock.advance(3600 * second);
    expect(await read('one')).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('is none where a right is missing or GitHub is away', async () => {
    const { asked, read } = setUp([{ status: 403 }, { status: 503 }, { status: 404 }]);
    for (const code of ['github-unauthorized', 'github-unavailable', 'github-not-found'])
      await expect(read('one')).rejects.toMatchObject({ code });
    expect(await read('one')).toBeNull();
    expect(asked).toHaveLength(4);
  });
});
