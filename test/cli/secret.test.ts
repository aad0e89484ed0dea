import { describe, expect, it } from 'vitest';
import { runYb } from './run-yb.ts';

/** A server that notes what it is asked. */
function server(answers: Readonly<Record<string, unknown>> = {}) {
  const asked: { method: string; path: string; body: unknown }[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const method = init?.method ?? 'GET';
    asked.push({ method, path: pathname, body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined });
    const answer = answers[`${method} ${pathname}`];
    return await Promise.resolve(answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer));
  };
  const environment = { YB_SERVER: 'https://ci.example.com', YB_TOKEN: 'token' };
  return { asked, yb: async (argv: string[], input = '') => await runYb(argv, { environment, fetch, input }) };
}

const repo = ['--repo', 'mira/shop'];
const base = '/api/v1/repos/mira/shop';

describe('yb secret', () => {
  it('sets what it reads from its input, and shows it nowhere', async () => {
    const { asked, yb } = server();
    const ran = await yb(['secret', 'set', 'API_TOKEN', ...repo], 'line one\nline two\n');
    expect(ran).toEqual({ code: 0, stdout: 'API_TOKEN is set for mira/shop.\n', stderr: '' });
    expect(asked).toEqual([
      { method: 'PUT', path: `${base}/secrets/API_TOKEN`, body: { value: 'line one\nline two' } },
    ]);
  });

  it.each([
    [['secret', 'set', 'API_TOKEN', 'value', ...repo], 2, 'does not take'],
    [['secret', 'set', ...repo], 2, 'needs NAME'],
    [['secret', 'set', 'PATH', ...repo], 2, 'cannot be set'],
    [['secret', 'set', 'API_TOKEN', '--repo', 'x'], 2, 'OWNER/NAME'],
    [['secret', 'set', 'API_TOKEN', ...repo], 1, 'at least 4 bytes'],
    [['secret'], 2, 'needs a second word'],
    [['secret', 'set', 'API_TOKEN'], 1, 'no clone of a repository'],
  ])('refuses %j with what to do', async (argv, code, words) => {
    const { asked, yb } = server();
    const ran = await yb(argv, 'abc\n');
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(words);
    expect(ran.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
    expect(asked).toEqual([]);
  });

  it('lists names and removes one', async () => {
    const { asked, yb } = server({
      [`GET ${base}/secrets`]: {
        secrets: [{ name: 'A_KEY', updatedAt: '2026-11-01T00:00:00.000Z', updatedBy: 'mira' }],
      },
    });
    expect((await yb(['secret', 'list', ...repo])).stdout).toBe('A_KEY  2026-11-01  mira\n');
    expect((await yb(['secret', 'rm', 'A_KEY', ...repo])).code).toBe(0);
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: `${base}/secrets/A_KEY` });
  });
});

describe('yb audit', () => {
  it('tells who did what, on one line each, whatever the words hold', async () => {
    const entry = {
      id: '001772366400000-d012f8b1dcd2',
      at: '2026-11-01T10:11:12.345Z',
      by: { id: '1', login: 'mira' },
      through: { kind: 'token', hash: 'jGl25bVBBBW9' },
      from: '203.0.113.7',
      deed: 'secret.set',
      about: 'A_KEY',
      result: 'done',
    };
    const hostile = {
      ...entry,
      by: { id: '2', login: 'a\nb' },
      from: null,
      deed: 'run.start',
      about: 'a\u001b[2J\nb',
      result: null,
    };
    const { asked, yb } = server({ [`GET ${base}/audit`]: { entries: [entry, hostile] } });
    const { stdout } = await yb(['audit', ...repo]);
    const [first, second, ...rest] = stdout.split('\n');
    expect(first).toBe('2026-11-01T10:11:12Z  mira  secret.set A_KEY  done  token jGl25bVBBBW9 from 203.0.113.7');
    expect(second).toMatch(/^2026-11-01T10:11:12Z +a b +run\.start a[^\p{Cc}]*b +not known +token jGl25bVBBBW9$/u);
    expect(rest).toEqual(['']);
    expect(asked).toHaveLength(1);
    expect(JSON.parse((await yb(['audit', '--json', ...repo])).stdout)).toEqual({ entries: [entry, hostile] });
  });

  it('says so where there is nothing to tell', async () => {
    const { yb } = server({ [`GET ${base}/audit`]: { entries: [] } });
    expect((await yb(['audit', ...repo])).stdout).toBe('Nobody has changed anything of mira/shop.\n');
  });
});

describe('yb settings', () => {
  it('changes what is named and shows what holds', async () => {
    const { asked, yb } = server({ [`PATCH ${base}/settings`]: { settings: { memory: '8Gi' } } });
    const ran = await yb(['settings', '--memory', '8Gi', '--deadline', 'default', ...repo]);
    expect(ran.stdout).toMatch(/^memory +8Gi$/m);
    expect(ran.stdout).toMatch(/^deadline +the installation's$/m);
    expect(asked).toEqual([
      { method: 'PATCH', path: `${base}/settings`, body: { memory: '8Gi', deadlineSeconds: null } },
    ]);
  });

  it('names repositories whose submodules a checkout may read', async () => {
    const settings = {
      submodules: [
        { id: '43', fullName: 'mira/lib' },
        { id: '44', fullName: 'mira/deep' },
      ],
    };
    const { asked, yb } = server({ [`PATCH ${base}/settings`]: { settings } });
    expect((await yb(['settings', '--submodules', 'mira/lib,mira/deep', ...repo])).stdout).toMatch(
      /^submodules +mira\/lib, mira\/deep$/m,
    );
    expect(asked.at(-1)?.body).toEqual({ submodules: ['mira/lib', 'mira/deep'] });
    expect(await yb(['settings', '--submodules', 'lib', ...repo])).toMatchObject({ code: 2 });
  });

  it.each([
    ['on', true, 'on'],
    ['off', false, 'off'],
    ['default', null, 'on'],
  ])('says whether a commit may skip its tests: %s', async (typed, skipCi, shown) => {
    const settings = skipCi === null ? {} : { skipCi };
    const { asked, yb } = server({ [`PATCH ${base}/settings`]: { settings } });
    const { stdout } = await yb(['settings', '--skip-ci', typed, ...repo]);
    expect(stdout).toMatch(new RegExp(`^skip-ci +${shown}$`, 'm'));
    expect(asked.at(-1)?.body).toEqual({ skipCi });
  });

  it('refuses a word that says neither', async () => {
    const { asked, yb } = server();
    expect(await yb(['settings', '--skip-ci', 'maybe', ...repo])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('skip-ci must be on, off or default') as string,
    });
    expect(asked).toEqual([]);
  });

  it('refuses what is no setting', async () => {
    const { asked, yb } = server();
    expect(await yb(['settings', '--memory', 'much', ...repo])).toMatchObject({ code: 2 });
    expect(asked).toEqual([]);
  });
});
