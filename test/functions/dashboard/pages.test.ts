import { describe, expect, it } from 'vitest';
import { archive, at, failedTarget, finishedRun, outcome } from './made-runs.ts';
import { page, words } from './reading.ts';
import { addScenes, createScenes } from './scenes.ts';
import { createWorld, register, shop } from './dashboard-rig.ts';

describe('the page of a run', () => {
  it.each([
    ['queued', 'Queued on sorted-index', 'waits for one of 2 volumes'],
    [
      'awaitingApproval',
      'Waits for approval on #12',
      'waits until somebody with write access allows this commit of a fork',
    ],
    ['running', 'Testing on faster-start', '6 of 11 tests done, 1 failed'],
    ['failed', '2 tests failed on main', 'Add retry to fetcher'],
    ['passed', 'All 10 tests passed on main', '7 unchanged, not run again'],
    ['broken', 'Broken on split-parser', '//lib/parser:parser does not build: lib/parser/lexer.cc:41'],
    ['cancelled', 'Cancelled on allocator', 'Cancelled by mira'],
    ['infrastructure', 'Could not be run on renovate', 'The machine it ran on disappeared, three times'],
    ['noTests', 'No tests found on main', 'No tests found'],
  ])('%s says so first', async (name, first, then) => {
    const { world, at: address } = await createScenes();
    const text = words(await page(world, address(name)));
    expect(text).toContain(first);
    expect(text).toContain(then);
  });

  it('has nothing green for a commit that does not build, and tells of no tests that disappeared', async () => {
    const { world, at: address } = await createScenes();
    const html = await page(world, address('broken'));
    expect(html).not.toMatch(/class="[^"]*\bgood\b/);
    expect(words(html)).not.toContain('disappeared');
  });

  it('has the log so far without any script', async () => {
    const { world, at: address } = await createScenes();
    const html = await page(world, address('running'));
    expect(html).toContain('Compiling lib/part_60.cc');
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"/></noscript>');
    expect(html).not.toMatch(/<script(?![^>]* src=)/);
    expect(html).not.toMatch(/ style=| on[a-z]+=/);
  });

  it('opens the first failure: its case, its last lines, and how to see it at home', async () => {
    const { world, at: address } = await createScenes();
    const html = await page(world, address('failed'));
    const text = words(html);
    expect(text).toContain('FetcherTest.RetriesOn503 fetcher.attempts(): expected 3, was 1');
    expect(text).toContain('FetcherTest.Case41');
    expect(text).not.toContain('FetcherTest.Case20');
    expect(text).toContain('The last 30 lines; 20 more before.');
    expect(text).toMatch(/git checkout [0-9a-f]{7} &amp;&amp; bazel test \/\/fetch:fetcher_test --test_output=errors/);
    expect(html.indexOf('//fetch:fetcher_test')).toBeLessThan(html.indexOf('//fetch:backoff_property_test'));
    expect(html).toContain('&lt;b&gt;not&lt;/b&gt; a &quot;retryable&quot; status &amp; no Retry-After');
  });

  it('says whether a failure is the default branch’s too', async () => {
    const world = await createWorld();
    const failing = failedTarget('//a:a', 1);
    const failed = [{ label: '//a:a', status: 'FAILED' as const }];
    await world.addRun(finishedRun(1, { outcome: outcome({ verdict: 'failed', failed }) }));
    const mine = finishedRun(2, {
      createdAt: at(5),
      ref: 'refs/heads/mine',
      outcome: outcome({ verdict: 'failed', failed }),
    });
    await world.addRun(archive(world, mine, { log: 'x\n', targets: [failing, failedTarget('//b:b', 2)] }));
    const text = words(await page(world, `/runs/${mine.id}`));
    expect(text).toMatch(/\/\/a:a .*also fails on main/);
    expect(text).not.toMatch(/\/\/b:b .*passes on main/);
  });

  it('says at its end whether the log is whole', async () => {
    const { world, at: address } = await createScenes();
    expect(words(await page(world, address('failed')))).toContain('The log is complete: 65 lines.');
    expect(words(await page(world, address('cancelled')))).toContain('Nothing of the log was kept.');
  });

  it('offers to run again or to cancel to those who may', async () => {
    const { world, at: address } = await createScenes();
    expect(await page(world, address('failed'))).toContain(`action="${address('failed')}/rerun"`);
    expect(await page(world, address('running'))).toContain(`action="${address('running')}/cancel"`);
    expect(await page(world, address('awaitingApproval'))).toContain(`action="${address('awaitingApproval')}/approve"`);
    expect(await page(world, address('awaitingApproval'), 'reader')).not.toContain('/approve');
    expect(await page(world, address('running'))).not.toContain('/approve');
    expect(await page(world, address('failed'), 'reader')).not.toContain('/rerun');
    expect(await page(world, address('running'), 'reader')).not.toContain('/cancel');
  });

  it('shows what people and builds wrote as text', async () => {
    const world = await createWorld();
    const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const run = finishedRun(1, {
      ref: `refs/heads/${evil}`,
      trigger: { source: 'push', delivery: evil, actor: evil },
      commit: { subject: evil, author: evil, committedAt: null },
      pastAttempts: [
        {
          attempt: 1,
          volume: 0,
          verdict: 'infrastructure',
          code: 'x',
          exitCode: null,
          reason: evil,
          finishedAt: at(0),
        },
      ],
      outcome: outcome({
        verdict: 'broken',
        reason: evil,
        toolchain: evil,
        failed: [{ label: evil, status: 'FAILED' }],
      }),
    });
    const failing = failedTarget(evil, 1);
    await world.addRun(
      archive(world, run, {
        log: `${evil}\n`,
        targets: [failing, { ...failedTarget(`${evil}2`, 2), status: 'FAILED_TO_BUILD' }],
        failures: [{ label: evil, type: evil, exitCode: 1, message: evil }],
        tests: {
          1: {
            log: evil,
            xml: `<testcase name='${evil.replaceAll('<', '&lt;')}'><failure message='&lt;img src=x>'/></testcase>`,
          },
        },
      }),
    );
    for (const path of [`/runs/${run.id}`, '/mira/shop', `/mira/shop?branch=${encodeURIComponent(evil)}`, '/']) {
      const html = await page(world, path);
      expect(html).not.toContain('<img');
      expect(html).not.toMatch(/<script(?! src="\/assets\/)/);
    }
  });
});

describe('the first page', () => {
  it('lists the person’s own repositories that are set up', async () => {
    const repositories = [
      { ...shop },
      { ...shop, id: '43', fullName: 'mira/blog' },
      { ...shop, id: '44', fullName: 'jun/secret', roles: { admin: 'admin' as const } },
    ];
    const world = await createWorld({ repositories });
    await register(world, shop);
    await addScenes(world);
    const text = words(await page(world, '/'));
    expect(text).toContain('mira/shop');
    expect(text).not.toContain('mira/blog');
    expect(text).not.toContain('jun/secret');
  });

  it('says to a newcomer what to type', async () => {
    const world = await createWorld({ repositories: [{ ...shop }] });
    expect(words(await page(world, '/', 'admin'))).toContain('yb setup-repo mira/shop');
  });
});

describe('every answer', () => {
  it('forbids foreign scripts and frames, and is kept by nobody', async () => {
    const { world, at: address } = await createScenes();
    for (const path of ['/', '/mira/shop', address('failed'), '/auth/signed-out', '/no/where', '/api/v1/server']) {
      const { headers } = await world.app.request(path, { headers: { cookie: world.cookieOf('reader') } });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('strict-transport-security')).toContain('max-age=');
    }
  });

  it('leaves one line in the log, without anything secret', async () => {
    const { world, at: address } = await createScenes();
    world.logged.length = 0;
    const cookie = world.cookieOf('reader');
    await world.app.request(address('failed'), { headers: { cookie } });
    await world.app.request('/mira/none', { headers: { cookie } });
    expect(world.logged[0]?.fields).toMatchObject({ source: 'manual', actor: 'mira' });
    expect(world.logged.map(({ level, fields }) => [level, fields['op'], fields['status']])).toEqual([
      ['info', 'GET /runs/:id{[a-z0-9]{26}}', 200],
      ['info', 'GET /:owner/:repo', 404],
    ]);
    expect(JSON.stringify(world.logged)).not.toContain(cookie.split('=')[1]);
  });

  it('that went wrong inside tells no more than that', async () => {
    const { world, at: address } = await createScenes();
    world.objects.read = async () => await Promise.reject(new Error('a secret detail'));
    const response = await world.app.request(address('failed'), { headers: { cookie: world.cookieOf('reader') } });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret detail');
  });
});
