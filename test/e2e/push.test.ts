// Over 300 lines because starting a whole system takes longer than most of these pushes: they share one.
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import { ApiRun, inEachPlace } from '../support/local-system.ts';
import { lastPushDelivery } from '../support/push-delivery.ts';

const RunDetail = ApiRun.extend({
  buildImage: z.string().nullable(),
  targets: z.array(
    z.object({
      label: z.string(),
      status: z.string(),
      attempts: z.number(),
      cached: z.boolean(),
      durationMs: z.number().nullable(),
    }),
  ),
  log: z.object({ complete: z.boolean(), bytes: z.number(), lines: z.number() }),
  disappeared: z.object({ since: z.string(), count: z.number(), labels: z.array(z.string()) }).nullable(),
});

inEachPlace((rig, place) => {
  /** A repository with the demo's tests, set up, whose first commit is pushed before there is a hook. */
  async function repository(name: string, files: Readonly<Record<string, string>> = demoRepository) {
    const author = await rig().author(name);
    await author.push(files, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    return author;
  }

  describe('a push with git', () => {
    it('runs once with real Bazel, whatever is told again, and costs what it may', async () => {
      const author = await repository('once');
      const sha = await author.push({ 'README.md': 'changed\n' }, 'Change the README');
      const status = await rig().finalStatus(author, sha);
      expect(status).toMatchObject({ state: 'success', context: 'yb' });
      expect((await author.statuses(sha)).map(({ state }) => state).at(-1)).toBe('pending');
      expect(await (await rig().api('/api/v1/repos/demo/once')).json()).toMatchObject({ credential: { kind: 'app' } });
      const [run] = await rig().runs('once');
      expect(run).toMatchObject({ state: 'finished', verdict: 'passed', sha, ref: 'refs/heads/main', attempt: 1 });
      expect(status.target_url).toBe(run?.url);

      const detail = RunDetail.parse(
        await author.ask(`${rig().system.endpoints.dashboard}/api/v1/runs/${run?.id ?? ''}`),
      );
      expect(Object.fromEntries(detail.targets.map(({ label, status: result }) => [label, result]))).toEqual({
        '//greet:greet_test': 'PASSED',
        '//math:negative_test': 'PASSED',
        '//math:sum_test': 'PASSED',
        '//slow:slow_test': 'PASSED',
      });
      expect(detail.log.complete).toBe(true);
      // Processes are made of no image.
      if (place === 'cluster') expect(detail.buildImage).toMatch(/sha256:[0-9a-f]{64}$/);
      else expect(detail.buildImage).toBeNull();

      // The stable link leads to the archive by a signed URL, which cannot be altered.
      const link = await rig().api(`/api/v1/runs/${run?.id ?? ''}/log`);
      expect(link.status).toBe(302);
      const signed = link.headers.get('location') ?? '';
      const log = await fetch(signed);
      const text = await log.text();
      expect(text).toContain('//slow:slow_test');
      expect(Buffer.byteLength(text)).toBe(detail.log.bytes);
      const altered = signed.replace(
        /(X-Goog-Signature=)(.)/,
        (_all, name: string, digit: string) => `${name}${digit === '0' ? '1' : '0'}`,
      );
      expect((await fetch(altered)).status).toBe(403);

      // Counted over the lines of this run before it is told again.
      const Cost = z.object({ calls: z.record(z.string(), z.number()), reads: z.number(), writes: z.number() });
      const lines = [
        ...(await rig().logLines('webhook')).filter((line) => line.run === run?.id),
        ...(await rig().logLines('scheduler')).filter((line) => line.run === run?.id),
        ...(await rig().logLines('watcher')).filter((line) => line.run === run?.id),
      ].map((line) => Cost.parse(line));
      const reads = lines.reduce((sum, line) => sum + line.reads, 0);
      const writes = lines.reduce((sum, line) => sum + line.writes, 0);
      expect(reads).toBeGreaterThan(0);
      expect(reads).toBeLessThanOrEqual(60);
      expect(writes).toBeGreaterThan(0);
      expect(writes).toBeLessThanOrEqual(40);

      // Told fifty times at once, and redelivered: the same run.
      const delivery = await lastPushDelivery(rig(), 'once');
      const answers = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const { url, headers, body } = delivery;
          const response = await fetch(url, { method: 'POST', headers, body });
          return { status: response.status, body: await response.json() };
        }),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
        new Set([JSON.stringify({ status: 202, body: { run: run?.id } })]),
      );
      await delivery.redeliver();
      await rig().until('the redelivery to be handled', async () => {
        const told = await rig().logLines('scheduler');
        return told.filter((line) => line.run === run?.id).length >= 52;
      });
      expect((await rig().runs('once')).map(({ id }) => id)).toEqual([run?.id]);
    });

    it('that breaks a test is red and names it', async () => {
      const author = await repository('red');
      const sha = await author.push(
        { 'greet/greet.sh': '#!/bin/sh\necho "Hi, $1"\n', 'slow/BUILD.bazel': null },
        'Break it',
      );
      const status = await rig().finalStatus(author, sha);
      expect(status.state).toBe('failure');
      expect(status.description).toContain('//greet:greet_test');
      const [run] = await rig().runs('red');
      expect(run).toMatchObject({ verdict: 'failed', sha });
      const printed = await author.yb('logs', '--failed', run?.id ?? '');
      expect(printed).toContain('==> //greet:greet_test (FAILED) <==\n');
      expect(printed.split('==>')).toHaveLength(2);
    });

    it('is started, followed and read from the terminal', async () => {
      const author = await repository('typed');
      const repo = ['--repo', 'demo/typed'];
      const followed = (await author.yb('run', 'main', '--wait', ...repo)).split('\n');
      const [id = ''] = /[a-z0-9]{26}$/.exec(followed.at(-2) ?? '') ?? [];
      expect(followed.at(-3)).toBe('passed: All 4 tests passed');
      expect(await author.yb('runs', '--limit', '1', ...repo)).toMatch(new RegExp(`^passed +main@.* ${id}\n$`));
      expect(await author.yb('view', id)).toContain('All 4 tests passed');
      const log = await author.yb('logs', id);
      expect(log).toContain('//slow:slow_test');
      expect(await author.yb('logs', '-f', id)).toBe(log);
      await expect(author.yb('view', id.replace(/^./, '0'))).rejects.toThrow('does not show the run');
      // On one volume, which the run before has left: a cache has every result, and without it all of them are executed.
      await author.yb('settings', '--volumes', '1', ...repo);
      const cached = async (...how: readonly string[]) => {
        const printed = await author.yb('rerun', id, '--wait', ...how);
        const [again = ''] = /[a-z0-9]{26}$/.exec(printed.split('\n').at(-2) ?? '') ?? [];
        const { targets } = RunDetail.parse(await (await rig().api(`/api/v1/runs/${again}`)).json());
        return [targets.length, targets.filter((each) => each.cached).length];
      };
      await cached();
      expect(await cached()).toEqual([4, 4]);
      expect(await cached('--no-cache')).toEqual([4, 0]);
    });

    it('that breaks the default branch has its author told once, and once that it is green again', async () => {
      const author = await repository('told');
      const finish = async (files: Readonly<Record<string, string | null>>, subject: string) => {
        const sha = await author.push(files, subject);
        return { sha, state: (await rig().finalStatus(author, sha)).state };
      };
      const Comments = z.array(z.object({ commit_id: z.string(), body: z.string() }));
      const comments = async () =>
        Comments.parse(await author.ask(`${rig().system.endpoints.github}/repos/demo/told/comments`));
      const green = await finish({ 'README.md': 'changed\n' }, 'Change the README');
      const red = await finish({ 'greet/greet.sh': '#!/bin/sh\necho "Hi, $1"\n' }, 'Greet @everybody, fix #1');
      expect([green.state, red.state]).toEqual(['success', 'failure']);
      const [told] = await rig().until('its author to be told', async () => {
        const all = await comments();
        return all.length > 0 && all;
      });
      expect(told).toMatchObject({ commit_id: red.sha });
      expect(told?.body).toContain('//greet:greet_test');
      expect(told?.body).toContain(`/compare/${green.sha}...${red.sha}`);
      expect(told?.body).toContain(`${red.sha.slice(0, 7)} Greet @\u200beverybody, fix #\u200b1`);
      // Still red: nothing more is to be said.
      const still = await finish({ 'README.md': 'changed again\n' }, 'Change the README again');
      const mended = await finish({ 'greet/greet.sh': demoRepository['greet/greet.sh'] ?? '' }, 'Greet as before');
      expect([still.state, mended.state]).toEqual(['failure', 'success']);
      await rig().until('its author to be told again', async () => (await comments()).length > 1);
      const all = await comments();
      expect(all.map(({ commit_id: sha }) => sha)).toEqual([red.sha, red.sha]);
      expect(all[1]?.body).toContain(`green again** with ${mended.sha.slice(0, 7)}`);
    });

    it('with a flaky test is green and remembers it; tests that disappear are named', async () => {
      // Fails, and leaves behind what lets the next attempt pass.
      const mark = join(tmpdir(), `yb-flaky-${randomBytes(6).toString('hex')}`);
      const script = (comment: string) => `mkdir ${mark} 2>/dev/null && exit 1\nrmdir ${mark} # ${comment}\n`;
      const author = await repository('flaky', { ...demoRepository, 'slow/slow_test.sh': script('never run') });
      const finish = async (files: Readonly<Record<string, string | null>>, subject: string) => {
        const sha = await author.push(files, subject);
        const status = await rig().finalStatus(author, sha);
        const run = (await rig().runs('flaky')).find((one) => one.sha === sha);
        return { status, run: RunDetail.parse(await (await rig().api(`/api/v1/runs/${run?.id ?? ''}`)).json()) };
      };
      const first = await finish({ 'slow/slow_test.sh': script('first') }, 'Be flaky');
      const second = await finish({ 'slow/slow_test.sh': script('second'), 'greet/BUILD.bazel': null }, 'And again');
      expect(first).toMatchObject({ status: { state: 'success' }, run: { verdict: 'passed', disappeared: null } });
      expect(second).toMatchObject({
        status: { state: 'success' },
        run: { verdict: 'passed', disappeared: { since: first.run.id, count: 1, labels: ['//greet:greet_test'] } },
      });

      const target = '/targets?label=//slow:slow_test';
      const history = await (await rig().api(`/api/v1/repos/demo/flaky${target}`)).json();
      expect(history).toMatchObject({
        flaky: 2,
        of: 2,
        results: [second, first].map(({ run }) => ({
          run: run.id,
          status: 'FLAKY',
          attempts: 2,
          onDefaultBranch: true,
        })),
      });

      const third = await finish({ 'math/BUILD.bazel': 'this does not load(' }, 'Break a package');
      expect(third).toMatchObject({ status: { state: 'failure' }, run: { verdict: 'broken' } });
      expect(third.run.reason).toContain('//math:negative_test, //math:sum_test');
    });

    it('without Bazel files ends in a status that says so', async () => {
      const author = await repository('no-bazel');
      const sha = await author
        .push({ WORKSPACE: null, 'MODULE.bazel': null, 'WORKSPACE.bazel': '' }, 'x')
        .then(async () => await author.push({ 'WORKSPACE.bazel': null }, 'Remove the workspace'));
      const status = await rig().finalStatus(author, sha);
      expect(status.state).toBe('failure');
      expect(status.description).toMatch(/MODULE\.bazel/);
    });

    it('whose commit is force-pushed away while it waits ends in a status that says so', async () => {
      const author = await repository('gone', { ...demoRepository, 'slow/slow_test.sh': 'sleep 100\n' });
      const find = async (sha: string) => (await rig().runs('gone')).find((run) => run.sha === sha);
      const busy = [];
      for (const name of ['one', 'two']) {
        const sha = await author.push({ [name]: '' }, `Keep a volume busy: ${name}`);
        busy.push(
          await rig().until('a run to work', async () => {
            const run = await find(sha);
            return run?.state === 'running' && run;
          }),
        );
      }
      const kept = (await author.git('rev-parse', 'HEAD')).trim();
      const gone = await author.push({ 'x.txt': 'x\n' }, 'To be taken back');
      await rig().until('it to wait', async () => (await find(gone))?.state === 'queued');
      await author.git('push', '--quiet', '--force', 'origin', `${kept}:refs/heads/main`);
      for (const { id } of busy) await rig().api(`/api/v1/runs/${id}/cancel`, { method: 'POST' });
      const status = await rig().finalStatus(author, gone);
      expect(status).toMatchObject({ state: 'error', description: expect.stringMatching(/gone|no longer/) });
    });
  });

  /** Publishes as something outside of the system does. */
  async function publish(topic: string, message: object): Promise<void> {
    const response = await fetch(
      `http://${rig().system.endpoints.pubsub}/v1/projects/yb-local/topics/${topic}:publish`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [message] }),
      },
    );
    expect(response.status).toBe(200);
  }

  describe('cancel', () => {
    it('of a running run ends it, and the status says so', async () => {
      const author = await repository('cancel', {
        ...demoRepository,
        'slow/BUILD.bazel': demoRepository['slow/BUILD.bazel']?.replace('"small"', '"enormous"') ?? '',
        'slow/slow_test.sh': 'for i in $(seq 1800); do echo "$i"; sleep 1; done\n',
      });
      const sha = await author.push({ 'README.md': 'slow\n' }, 'Wait for it');
      const run = await rig().until('the run to work', async () => {
        const [first] = await rig().runs('cancel');
        return first !== undefined && first.state === 'running' && first;
      });
      const response = await rig().api(`/api/v1/runs/${run.id}/cancel`, { method: 'POST' });
      expect(response.status).toBe(202);
      const status = await rig().finalStatus(author, sha);
      expect(status.state).toBe('error');
      expect(status.description).toContain('cancelled');
      expect((await rig().runs('cancel'))[0]).toMatchObject({ state: 'finished', verdict: 'cancelled' });
      // The volume is free again: the next push runs on it.
      const next = await author.push({ 'slow/slow_test.sh': 'echo done\n' }, 'Do not wait');
      expect((await rig().finalStatus(author, next)).state).toBe('success');
    });
  });

  describe('a secret of the repository', () => {
    it('reaches its tests, and nobody who reads the log, as it is or encoded', async () => {
      const secret = 'correct horse battery staple';
      const author = await repository('secret', {
        ...demoRepository,
        '.yb.yaml': 'targets: ["//slow/..."]\nflakyAttempts: 1\n',
        'slow/slow_test.sh': 'echo "token: $TOKEN"\nprintf %s "$TOKEN" | base64\nexit 1\n',
      });
      const put = await rig().api('/api/v1/repos/demo/secret/secrets/TOKEN', {
        method: 'PUT',
        body: { value: secret },
      });
      expect(put.status).toBe(204);
      const sha = await author.push({ 'README.md': 'secret\n' }, 'Print it');
      expect((await rig().finalStatus(author, sha)).state).toBe('failure');
      const run = (await rig().runs('secret')).find((one) => one.sha === sha);
      const log = await rig().linked(`/api/v1/runs/${run?.id ?? ''}/log`);
      const whole = await rig().linked(`/runs/${run?.id ?? ''}/attempts/1/tests/1/log`);
      for (const text of [log, whole]) {
        expect(text).toContain('token: ***');
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 12));
      }
    });
  });

  describe('messages that nobody can handle', () => {
    it('are put aside, and come to lie in the database with a reason and a line of the log', async () => {
      await publish('pushes', { data: Buffer.from('no{json').toString('base64') });
      await publish('ticks', { data: Buffer.from('{"v":9,"type":"tick"}').toString('base64') });
      await publish('volumes', { attributes: { only: 'attributes' } });
      const Aside = z.object({ dead_letter: z.string(), topic: z.string().default('none'), cause: z.string() });
      const aside = await rig().until('three that nobody can handle', async () => {
        const lines = (await rig().logLines('watcher')).flatMap((line) => Aside.safeParse(line).data ?? []);
        return lines.length >= 3 && lines;
      });
      // Of one without text, the framework does not say by which topic it came.
      expect(aside.map(({ topic }) => topic).toSorted()).toEqual(['none', 'pushes', 'ticks']);
      for (const { cause } of aside) expect(cause).toMatch(/^malformed-message: /);
      const { firestore } = rig().system.endpoints;
      const kept = await fetch(`http://${firestore}/v1/projects/yb-local/databases/(default)/documents/aside`, {
        headers: { authorization: 'Bearer owner' },
      });
      const text = await kept.text();
      for (const { dead_letter: id } of aside) expect(text).toContain(`/aside/${id}"`);
      expect(text).toContain('no{json');
    });
  });
});
