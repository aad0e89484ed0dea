// Over 300 lines because every command is tried on the same dashboard.
import { readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, verdictExitCodes } from '../../cli/run-words.ts';
import { buildLogName, liveName } from '../../shared/attempt/layout.ts';
import { RunDetails, RunList, RunView } from '../../shared/api/schemas.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed, newRun } from '../../shared/run/transitions.ts';
import { readRun, saveRun } from '../../shared/store/runs.ts';
import type { World } from '../functions/dashboard/dashboard-rig.ts';
import { outcome } from '../functions/dashboard/made-runs.ts';
import { noon, samplePull, sampleRun, sampleRunId, sampleSha, workingRun } from '../support/sample-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createTerminal } from './dashboard-terminal.ts';
import { quietEnvironment } from './run-yb.ts';

const repo = ['--repo', 'mira/shop'];

const ended = (number: number, verdict: keyof typeof verdictExitCodes, more: Partial<Run> = {}): Run =>
  workingRun({
    id: sampleRunId(number),
    sha: sampleSha(number),
    createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, number)),
    startedAt: new Date(Date.UTC(2026, 0, 1, 0, 1)),
    finishedAt: new Date(Date.UTC(2026, 0, 1, 0, 2, 12)),
    state: 'finished',
    outcome: outcome({ verdict, reason: `it ${verdict}` }),
    ...more,
  });

describe('yb runs', () => {
  it('lists the newest first, in eighty columns', async () => {
    const { yb } = await createTerminal([
      ended(1, 'passed'),
      ended(2, 'failed', { ref: 'refs/heads/feature/a-name-that-is-longer-than-its-column' }),
      sampleRun({ id: sampleRunId(3), sha: sampleSha(3), createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 3)) }),
    ]);
    const { code, stdout } = await yb(['runs', ...repo]);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `queued         main@0000000               just now    ${sampleRunId(3)}`,
      `failed         …s-column@0000000 1 m 12 s just now    ${sampleRunId(2)}`,
      `passed         main@0000000      1 m 12 s just now    ${sampleRunId(1)}`,
      '',
    ]);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('lists those of a branch, so many, and as the API answers', async () => {
    const { yb } = await createTerminal([
      ended(1, 'passed'),
      ended(2, 'failed', { ref: 'refs/heads/side' }),
      ended(3, 'passed'),
    ]);
    const list = async (...args: string[]) =>
      RunList.parse(JSON.parse((await yb(['runs', '--json', ...repo, ...args])).stdout));
    expect((await list('--branch', 'side')).runs.map(({ id }) => id)).toEqual([sampleRunId(2)]);
    const first = await list('--limit', '2');
    expect(first.runs.map(({ id }) => id)).toEqual([sampleRunId(3), sampleRunId(2)]);
    expect(first.next).toBe(first.runs.at(-1)?.createdAt);
    expect((await list()).next).toBeNull();
    expect((await yb(['runs', ...repo, '--branch', 'none'])).stdout).toBe('mira/shop has no runs of none yet.\n');
    expect((await yb(['runs', ...repo, '--verdict', 'broken', '--author', 'mira'])).stdout).toBe(
      'mira/shop has no runs that came to "broken" by mira yet.\n',
    );
    const wrong = await yb(['runs', ...repo, '--verdict', 'red']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('one of: passed, failed, broken')]);
    expect((await yb(['runs', ...repo, '--limit', '0'])).code).toBe(2);
  });

  it('shows nothing to who may not see it', async () => {
    const { yb } = await createTerminal([ended(1, 'passed')]);
    const { code, stderr } = await yb(['runs', ...repo], 'stranger');
    expect(code).toBe(1);
    expect(stderr).toContain('does not list the runs of mira/shop');
  });
});

describe('yb run', () => {
  it('starts a branch, and says where it is to be seen', async () => {
    const { yb, world } = await createTerminal();
    const { code, stdout } = await yb(['run', 'main', ...repo]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^main@0000000 {2}Tip of main \(mira\)\nhttps:\/\/yb\.example\.com\/runs\/[a-z0-9]{26}\n$/);
    expect(world.published).toMatchObject([{ type: 'run.requested', ref: 'refs/heads/main' }]);
  });

  it.each([
    ['reader', 'main', 'does not start a run'],
    ['writer', 'none', 'has no branch "none"'],
  ])('says to a %s why %s cannot be started', async (person, branch, words) => {
    const { yb } = await createTerminal();
    const { code, stderr } = await yb(['run', branch, ...repo], person);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });

  it('waits for the end, says each change once, and ends with the code of the verdict', async () => {
    const { yb, world, asked } = await createTerminal();
    const steps = steppingThrough(world);
    const { code, stdout } = await yb(['run', 'main', '--wait', ...repo], 'writer', steps);
    expect(code).toBe(verdictExitCodes.failed);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
    expect(lines.slice(0, -1)).toEqual([
      'main@0000000  Tip of main (mira)',
      'Queued',
      'Queued: waits for one of 2 volumes',
      'Testing',
      'failed: 1 of 4 tests failed: //a:a_test',
    ]);
    expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(1);
  });

  it('on a terminal keeps one line that changes', async () => {
    const { yb, world } = await createTerminal([], { tty: true });
    const { stdout } = await yb(['run', 'main', '--wait', ...repo], 'writer', steppingThrough(world));
    expect(stdout).toContain('\r\u001b[2K');
    // Nothing of it is left at the end.
    expect(stdout.slice(stdout.lastIndexOf('\r\u001b[2K'))).toMatch(/^\r\u001b\[2K\u001b\[31mfailed\u001b\[0m: 1 of 4/);
  });

  it.each(Object.entries(verdictExitCodes))('ends with its own code where a run is %s: %i', (verdict, code) => {
    expect(exitCodeOf({ verdict: verdict as keyof typeof verdictExitCodes, code: 'x' })).toBe(code);
  });

  it('has its codes in the docs', () => {
    const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    for (const [verdict, code] of Object.entries(verdictExitCodes))
      expect(page).toMatch(new RegExp(`^\\| ${code} \\| .*\\b${verdict}\\b`, 'm'));
  });

  it('takes tests that disappeared for no success', () => {
    expect(exitCodeOf({ verdict: 'no-tests', code: 'tests-disappeared' })).toBe(verdictExitCodes.failed);
  });
});

describe('a run that is there', () => {
  it('is watched to its end', async () => {
    const { yb } = await createTerminal([ended(1, 'broken')]);
    const { code, stdout } = await yb(['watch', sampleRunId(1)]);
    expect([code, stdout]).toEqual([4, `broken: it broken\nhttps://yb.example.com/runs/${sampleRunId(1)}\n`]);
    const json = await yb(['watch', sampleRunId(1), '--json']);
    expect(RunDetails.parse(JSON.parse(json.stdout)).id).toBe(sampleRunId(1));
    expect(json.code).toBe(4);
  });

  it('is shown, named by its id or by the address of its page', async () => {
    const { yb } = await createTerminal([ended(1, 'failed', { attempt: 2 })]);
    const expected = [
      'failed  main@0000000  Add retry to fetcher (mira)',
      'it failed',
      '1 m 12 s · just now · attempt 2',
      `https://yb.example.com/runs/${sampleRunId(1)}`,
      '',
    ].join('\n');
    for (const name of [sampleRunId(1), `https://yb.example.com/runs/${sampleRunId(1)}?line=3`])
      expect((await yb(['view', name])).stdout).toBe(expected);
    expect((await yb(['view', 'nothing'])).code).toBe(2);
    expect((await yb(['view', sampleRunId(9)])).stderr).toContain('does not show the run');
  });

  it('has its log printed: so far, and whole from the storage, to which no token is carried', async () => {
    const whole = ended(2, 'passed', { log: { complete: true, archived: true, bytes: 11, lines: 2 } });
    const { yb, world } = await createTerminal([workingRun({ id: sampleRunId(1) }), whole]);
    world.objects.put(liveName({ runId: sampleRunId(1), attempt: 1 }, 'chunk', 1), 'so far\n');
    world.objects.put(buildLogName({ runId: sampleRunId(2), attempt: 1 }), 'all\nof it ü\n');
    expect((await yb(['logs', sampleRunId(1)])).stdout).toBe('so far\n');
    expect((await yb(['logs', sampleRunId(2)])).stdout).toBe('all\nof it ü\n');
    const refused = await yb(['logs', sampleRunId(2)], 'stranger');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('does not show')]);
  });

  it('has its log followed to its end', async () => {
    const { yb, world } = await createTerminal([workingRun({ id: sampleRunId(1) })]);
    const ref = { runId: sampleRunId(1), attempt: 1 };
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    let said = 0;
    const { code, stdout } = await yb(['logs', '-f', sampleRunId(1)], 'reader', () => {
      said += 1;
      if (said !== 1) return;
      world.objects.put(liveName(ref, 'chunk', 2), 'two\n');
      void finish(world, 1);
    });
    expect([code, stdout]).toEqual([0, 'one\ntwo\n']);
  });

  it('is cancelled, and run again', async () => {
    const { yb, world } = await createTerminal([sampleRun({ id: sampleRunId(1) }), ended(2, 'passed')]);
    expect((await yb(['cancel', sampleRunId(1)])).stdout).toContain('It is being cancelled.');
    expect((await yb(['cancel', sampleRunId(2)])).stdout).toContain('It had ended before: passed');
    expect((await yb(['cancel', sampleRunId(1)], 'reader')).code).toBe(1);
    const again = await yb(['rerun', sampleRunId(2), '--json']);
    expect(RunView.parse(JSON.parse(again.stdout))).toMatchObject({ sha: sampleSha(2), state: 'queued' });
    expect(world.published.map(({ type }) => type)).toEqual(['run.cancelled', 'run.requested']);
    const uncached = await yb(['rerun', sampleRunId(2), '--no-cache', '--json']);
    expect(RunView.parse(JSON.parse(uncached.stdout))).toMatchObject({ cache: false });
    expect(world.published.at(-1)).toMatchObject({ type: 'run.requested', uncached: true });
  });

  it('of a fork is allowed by who may, once somebody asks for that', async () => {
    const fork = { ...newRun(samplePull(7), noon), id: sampleRunId(3), vouched: true };
    const { yb, world } = await createTerminal([fork, ended(2, 'passed')]);
    expect((await yb(['view', sampleRunId(3)])).stdout).toContain('awaiting-approval  #7@');
    expect((await yb(['approve', sampleRunId(3)], 'reader')).code).toBe(1);
    expect((await yb(['approve', sampleRunId(3)])).stdout).toContain(`${fork.sha.slice(0, 7)} may run.`);
    expect((await yb(['approve', sampleRunId(2)])).stdout).toContain('It waits for nobody');
    expect(world.published).toMatchObject([{ type: 'run.approved', runId: sampleRunId(3), by: 'writer' }]);
  });

  it('is that of the commit which is checked out, where none is named', async () => {
    const cwd = temporaryFolder();
    const git = async (...args: string[]) =>
      (await promisify(execFile)('git', args, { cwd, env: { ...quietEnvironment() } })).stdout.trim();
    await git('init', '--quiet', '--initial-branch=topic');
    await git('remote', 'add', 'origin', 'https://x-access-token:ghp_secret@github.com/mira/shop.git');
    await git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'x');
    const sha = await git('rev-parse', 'HEAD');
    const { yb, asked } = await createTerminal(
      [ended(1, 'failed', { ref: 'refs/heads/topic', sha }), ended(2, 'passed', { ref: 'refs/heads/topic' })],
      { cwd },
    );
    expect((await yb(['view'])).stdout).toContain(`failed  topic@${sha.slice(0, 7)}`);
    expect(asked[0]).toBe('GET /api/v1/repos/mira/shop/runs?limit=100&branch=topic');
    expect(asked.join(' ')).not.toContain('ghp_secret');
    await git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'y');
    const before = asked.length;
    const { code, stderr } = await yb(['watch']);
    expect([code, asked.length - before]).toEqual([1, 15]);
    expect(stderr).toContain('has no run of the commit');
  });
});

describe('a server that is away for a moment', () => {
  it('is asked again, and nothing is printed twice', async () => {
    const { yb, world, asked } = await createTerminal([workingRun({ id: sampleRunId(1) })]);
    const ref = { runId: sampleRunId(1), attempt: 1 };
    world.objects.put(liveName(ref, 'chunk', 1), 'one\n');
    const { request } = world.app;
    let away = 0;
    world.app.request = async (...parameters: Parameters<typeof request>) => {
      if (asked.length > 1 && (away += 1) <= 4) return new Response(null, { status: 503 });
      return await request(...parameters);
    };
    const { code, stdout, stderr } = await yb(['logs', '-f', sampleRunId(1)], 'reader', () => {
      void finish(world, 1);
    });
    expect([code, stdout, stderr]).toEqual([0, 'one\n', 'yb: connection lost, trying again\n']);
  });
});

async function finish(world: World, number: number): Promise<void> {
  const run = await readRun(world.documents, sampleRunId(number));
  if (run === null) throw new Error('it is there');
  const end = {
    type: 'finished',
    outcome: outcome({ verdict: 'passed' }),
    log: null,
    phases: {},
    at: new Date(),
  } as const;
  await saveRun(world.documents, run, changed(run.value, end));
}

/** Moves the only run on, each time that something was said of it. */
function steppingThrough(world: World): (text: string) => void {
  let steps = 0;
  return (text) => {
    if (!/Queued|Testing/.test(text)) return;
    steps += 1;
    void (async () => {
      const [path] = [...world.documents.all()].find(([name]) => name.startsWith('runs/')) ?? [];
      const run = await readRun(world.documents, path?.split('/')[1] ?? '');
      if (run === null) return;
      const lease = { volume: 0, epoch: 1 };
      if (steps === 1) {
        const reason = 'waits for one of 2 volumes';
        await saveRun(world.documents, run, changed(run.value, { type: 'waits', reason }));
      } else if (steps === 2) {
        await saveRun(world.documents, run, { ...run.value, state: 'running', lease, startedAt: new Date() });
      } else {
        const reason = '1 of 4 tests failed: //a:a_test';
        const end = {
          type: 'finished',
          outcome: outcome({ verdict: 'failed', reason }),
          log: null,
          phases: {},
          at: new Date(),
        } as const;
        await saveRun(world.documents, run, changed(run.value, end));
      }
    })();
  };
}
