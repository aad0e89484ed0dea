import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BadgeView, HookView, RunDetails, VolumeView } from '../../shared/api/schemas.ts';
import { TargetHistoryView, TargetListView } from '../../shared/api/target-schemas.ts';
import { newHookCheck } from '../../shared/store/hook-checks.ts';
import { addHistory } from '../functions/dashboard/histories.ts';
import { archive, failedTarget, finishedRun, outcome, target } from '../functions/dashboard/made-runs.ts';
import { addVolumes } from '../functions/dashboard/made-volumes.ts';
import { changeDocument } from '../support/change-document.ts';
import { noon, sampleRunId, workingRun } from '../support/sample-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createTerminal } from './dashboard-terminal.ts';
import { quietEnvironment } from './run-yb.ts';

const repo = ['--repo', 'mira/shop'];
const failed = finishedRun(7, { outcome: outcome({ verdict: 'failed' }) });

/** A run of which two tests failed, one did not build, and one passed. */
async function setUp(options: Parameters<typeof createTerminal>[1] = {}) {
  const here = await createTerminal([], options);
  const targets = [
    failedTarget('//a:a_test', 1),
    failedTarget('//b:b_test', 2, { status: 'TIMEOUT' }),
    target('//c:c_test', 'FAILED_TO_BUILD'),
    target('//d:d_test', 'PASSED'),
  ];
  const tests = { 1: { log: 'why a failed' }, 2: { log: 'why b did\n' } };
  await here.world.addRun(archive(here.world, failed, { log: 'all\n', targets, tests }));
  return here;
}

describe('yb logs', () => {
  it('prints what the tests that failed printed, each under its name', async () => {
    const { yb } = await setUp();
    const { code, stdout } = await yb(['logs', failed.id, '--failed'], 'reader');
    expect(stdout.split('\n')).toEqual([
      '==> //a:a_test (FAILED) <==',
      'why a failed',
      '==> //b:b_test (TIMEOUT) <==',
      'why b did',
      '==> //c:c_test (FAILED_TO_BUILD) <==',
      `Nothing of it is kept; type: yb logs ${failed.id}`,
      '',
    ]);
    expect(code).toBe(0);
  });

  it('prints what one test printed, as it did', async () => {
    const { yb, asked } = await setUp();
    expect((await yb(['logs', failed.id, '--test', '//a:a_test'], 'reader')).stdout).toBe('why a failed');
    expect(asked).toContain(`GET /api/v1/runs/${failed.id}/attempts/1/tests/1/log`);
  });

  it('says what is not there, and what to type', async () => {
    const { yb, world } = await setUp();
    const none = await yb(['logs', failed.id, '--test', '//none']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('the run has no test "//none"')]);
    const passed = await yb(['logs', failed.id, '--test', '//d:d_test']);
    expect([passed.code, passed.stderr]).toEqual([1, expect.stringContaining('what //d:d_test printed is not kept')]);
    for (const { stderr } of [none, passed]) expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
    await world.addRun(workingRun({ id: sampleRunId(8) }));
    expect((await yb(['logs', sampleRunId(8), '--failed'])).stderr).toBe('yb: no test of the run failed so far\n');
    expect((await yb(['logs', failed.id, '--failed', '-f'])).code).toBe(2);
    expect((await yb(['logs', failed.id, '--failed'], 'stranger')).code).toBe(1);
  });
});

describe('yb tests', () => {
  const history = { '//a:a_test': 'PPFF', '//b:b_test': 'PPLP' } as const;

  it('lists what fails on the default branch, and what is flaky', async () => {
    const { yb, world } = await createTerminal();
    expect((await yb(['tests', ...repo])).stdout).toBe('No test of mira/shop fails or is flaky.\n');
    await addHistory(world, history);
    expect((await yb(['tests', ...repo])).stdout).toBe('fails  //a:a_test\nflaky  //b:b_test  1 of 4 (25 %)\n');
    const json = TargetListView.parse(JSON.parse((await yb(['tests', ...repo, '--json'])).stdout));
    expect(json.failing.map(({ label }) => label)).toEqual(['//a:a_test']);
  });

  it('tells of one, the newest result first', async () => {
    const { yb, world } = await createTerminal();
    await addHistory(world, history);
    const { stdout } = await yb(['tests', '//a:a_test', ...repo]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('//a:a_test');
    expect(lines[1]).toContain('fails on the default branch');
    expect(lines.slice(2).map((line) => line.split(' ')[0])).toEqual(['FAILED', 'FAILED', 'PASSED', 'PASSED']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    const json = TargetHistoryView.parse(JSON.parse((await yb(['tests', '//a:a_test', ...repo, '--json'])).stdout));
    expect(json.results).toHaveLength(4);
    expect((await yb(['tests', '//never:seen', ...repo])).stdout).toContain('Nothing is known of //never:seen');
  });
});

describe('yb volumes', () => {
  it('lists them, with what each is warm with', async () => {
    const { yb, world } = await createTerminal();
    expect((await yb(['volumes', ...repo])).stdout).toBe('mira/shop has no volumes yet.\n');
    await addVolumes(world);
    const { stdout } = await yb(['volumes', ...repo]);
    expect(stdout).toMatch(/^ 0 \w+ +warm with main@[0-9a-f]{7}, /m);
    const json = JSON.parse((await yb(['volumes', ...repo, '--json'])).stdout) as unknown[];
    expect(json.map((one) => VolumeView.parse(one).index)).toContain(0);
  });
});

describe('yb badge', () => {
  it('prints what a README takes, and with a key only if one is asked for', async () => {
    const { yb, world } = await createTerminal();
    const plain = await yb(['badge', ...repo, '--branch', 'feature/x'], 'reader');
    const address = 'https://yb.example.com/mira/shop';
    expect(plain.stdout).toBe(`[![yb](${address}/badge.svg?branch=feature%2Fx)](${address}?branch=feature%2Fx)\n`);
    expect(plain.stderr).toBe(`The same for readers of feeds: ${address}/runs.atom?branch=feature%2Fx\n`);
    const { stdout } = await yb(['badge', ...repo, '--new-key'], 'admin');
    expect(stdout).toMatch(/^\[!\[yb\]\(https:\S+\/badge\.svg\?key=[\w-]{32}\)\]\(https:\S+\/mira\/shop\)\n$/);
    const json = BadgeView.parse(JSON.parse((await yb(['badge', ...repo, '--new-key', '--json'], 'admin')).stdout));
    const badge = json.badge.replace('https://yb.example.com', '');
    expect((await world.app.request(badge)).status).toBe(200);
    expect((await yb(['badge', ...repo, '--remove-key'], 'admin')).stdout).toBe('mira/shop has no key any more.\n');
    expect((await world.app.request(badge)).status).toBe(404);
  });

  it('makes a key for administrators alone, and says what goes together', async () => {
    const { yb } = await createTerminal();
    expect((await yb(['badge', ...repo, '--new-key'], 'writer')).code).toBe(1);
    const both = await yb(['badge', ...repo, '--new-key', '--remove-key'], 'admin');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('a key is made or removed, not both')]);
  });
});

describe('yb hook', () => {
  it('tells an administrator what came, and what did not', async () => {
    const { yb, world } = await createTerminal();
    const { documents, hookDocuments } = world;
    expect((await yb(['hook', ...repo], 'admin')).stdout).toBe(
      [
        'Secret            none is known here',
        'Last ping         none has come',
        'Last delivery     GitHub tells of none',
        'Last failure      GitHub tells of none',
        'GitHub was asked  not yet',
        '',
      ].join('\n'),
    );
    await documents.commit([newHookCheck('42', noon)]);
    const failed = { at: new Date('2026-11-26T08:00:00Z'), statusCode: 503 };
    await changeDocument(documents, 'hookChecks/42', { lastFailure: failed, problem: 'no right', checkedAt: noon });
    await changeDocument(hookDocuments, `hooks/${'a'.repeat(32)}`, { lastPingAt: noon });
    const { stdout } = await yb(['hook', ...repo], 'admin');
    expect(stdout).toMatch(/^Last ping {9}just now$/m);
    expect(stdout).toMatch(/^Last failure +\S.*: 503 was answered$/m);
    expect(stdout).toMatch(/^GitHub was asked +\S.*: no right$/m);
    const json: unknown = JSON.parse((await yb(['hook', ...repo, '--json'], 'admin')).stdout);
    expect(HookView.parse(json)).toMatchObject({
      lastFailure: { at: failed.at.toISOString(), statusCode: 503 },
      secretAt: null,
    });
  });

  it('has GitHub make again what failed, and waits until it was asked', async () => {
    const { yb, world, asked } = await createTerminal();
    const { documents } = world;
    const { get } = documents;
    const looks = { left: 6 };
    documents.get = async (paths) => {
      const found = await get(paths);
      if (!paths.includes('hookChecks/42')) return found;
      looks.left -= 1;
      // The watcher's tick.
      if (looks.left === 0) await changeDocument(documents, 'hookChecks/42', { checkedAt: noon, redelivered: 2 });
      return found;
    };
    const { code, stdout } = await yb(['hook', '--redeliver', ...repo], 'admin');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^GitHub was asked +\S.*: makes 2 deliveries again/m)]);
    expect(asked).toContain('POST /api/v1/repos/mira/shop/hook/redeliver');
    const late = await yb(['hook', '--redeliver', ...repo], 'admin');
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('GitHub has not been asked yet')]);
    const refused = await yb(['hook', '--redeliver', ...repo], 'writer');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has no hook that you may see')]);
  });

  it('says to nobody else that there is one', async () => {
    const { yb } = await createTerminal();
    const { code, stderr } = await yb(['hook', ...repo], 'writer');
    expect([code, stderr]).toEqual([1, expect.stringContaining('mira/shop has no hook that you may see')]);
  });
});

describe('yb open', () => {
  it('prints the address, and opens it where somebody sits', async () => {
    const folder = temporaryFolder();
    const program = join(folder, process.platform === 'darwin' ? 'open' : 'xdg-open');
    writeFileSync(program, `#!/bin/sh\necho "$1" > ${folder}/part && mv ${folder}/part ${folder}/opened\n`);
    chmodSync(program, 0o755);
    const address = `https://yb.example.com/runs/${failed.id}\n`;
    const piped = await setUp({ path: `${folder}:${quietEnvironment()['PATH'] ?? ''}` });
    expect((await piped.yb(['open', failed.id])).stdout).toBe(address);
    expect(existsSync(join(folder, 'opened'))).toBe(false);
    const typed = await setUp({ path: `${folder}:${quietEnvironment()['PATH'] ?? ''}`, tty: true });
    expect((await typed.yb(['open', failed.id])).stdout).toBe(address);
    await expect.poll(() => existsSync(join(folder, 'opened')), { timeout: 30_000 }).toBe(true);
    expect(readFileSync(join(folder, 'opened'), 'utf8')).toBe(address);
    // A machine without a browser has the address all the same.
    const bare = await setUp({ path: join(folder, 'none'), tty: true });
    expect(await bare.yb(['open', failed.id])).toMatchObject({ code: 0, stdout: address });
  });
});

describe('yb api', () => {
  it('prints what the server answers, and says by its code whether that is what was asked', async () => {
    const { yb, asked } = await setUp();
    const run = await yb(['api', `/runs/${failed.id}`]);
    expect(RunDetails.parse(JSON.parse(run.stdout)).id).toBe(failed.id);
    expect(run.code).toBe(0);
    const refused = await yb(['api', '/runs/none']);
    expect([refused.code, JSON.parse(refused.stdout)]).toEqual([1, expect.objectContaining({ code: 'not-found' })]);
    const again = await yb(['api', `/api/v1/runs/${failed.id}/rerun`, '--method', 'post', '--body', '{}']);
    expect(again.code).toBe(0);
    expect(asked.at(-1)).toBe(`POST /api/v1/runs/${failed.id}/rerun`);
  });

  it.each([['person'], ['/person', '--method', 'LOOK'], ['/person', '--method', 'PUT', '--body', '{']])(
    'refuses what cannot be meant: %s',
    async (...argv) => {
      const { yb } = await createTerminal();
      expect((await yb(['api', ...argv])).code).toBe(2);
    },
  );

  it('says where what is asked for is no JSON', async () => {
    const { yb } = await setUp();
    const { code, stderr } = await yb(['api', `/runs/${failed.id}/log`]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('yb logs')]);
  });
});
