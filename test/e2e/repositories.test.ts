import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Author } from '../../local/author.ts';
import { demoRepository } from '../../local/demo-repository.ts';
import { apiClient } from '../support/api-client.ts';
import { followEvents } from '../support/follow-events.ts';
import { inEachPlace } from '../support/local-system.ts';

const View = z.object({
  fullName: z.string(),
  registered: z.boolean(),
  volumes: z.array(z.unknown()),
  credential: z.object({ kind: z.string() }).nullable(),
});

inEachPlace((rig) => {
  async function repository(name: string, isPublic = false) {
    const author = await rig().author(name);
    if (isPublic) await change(author, name, { private: false });
    await author.push(demoRepository, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    return author;
  }

  async function change(author: Author, name: string, changes: object): Promise<void> {
    await author.ask(`${rig().system.endpoints.github}/repos/demo/${name}`, { method: 'PATCH', body: changes });
  }

  async function view(name: string, token?: string) {
    const answer = await rig().api(`/api/v1/repos/${name}`, token === undefined ? {} : { token });
    return answer.status === 200 ? View.parse(await answer.json()) : null;
  }

  describe('a repository that changes at GitHub', () => {
    it('keeps its runs under another name, and stops when it goes to somebody else', async () => {
      const { endpoints } = rig().system;
      const author = await repository('before');
      const sha = await author.push({ 'README.md': 'changed\n' }, 'Change the README');
      await rig().finalStatus(author, sha);
      expect((await view('demo/before'))?.credential?.kind).toBe('app');
      await author.yb('secret', 'list', '--repo', 'demo/before');
      const url = `${endpoints.github}/repos/demo`;

      await author.ask(`${url}/before`, { method: 'PATCH', body: { name: 'after' } });
      // What is told of its runs from now on has the new name, which nobody typed here.
      await rig().until('the new name', async () => {
        const lines = await rig().logLines('scheduler');
        return lines.some((line) => line['github'] === 'changed');
      });
      expect((await view('demo/after'))?.registered).toBe(true);

      await author.ask(`${url}/after/transfer`, { method: 'POST', body: { new_owner: 'other' } });
      await rig().until('the end of it', async () => {
        const seen = await view('other/after', endpoints.otherApiToken);
        return seen !== null && !seen.registered && seen.volumes.length === 0;
      });
      expect(await view('other/after')).toBeNull();
    });
  });

  describe('a pull request of a fork', () => {
    it('runs when somebody with write access has allowed its commit, and each commit asks anew', async () => {
      const { endpoints } = rig().system;
      const author = await repository('forked', true);
      const { github, git, otherToken } = endpoints;
      const asOther = async (path: string, body: object): Promise<void> => {
        const headers = { authorization: `Bearer ${otherToken}`, 'content-type': 'application/json' };
        const answer = await fetch(`${github}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
        expect(answer.status).toBeLessThan(300);
      };
      await asOther('/repos/demo/forked/forks', {});
      const fork = `${git.replace('://', `://other:${otherToken}@`)}/other/forked.git`;
      const send = async (content: string): Promise<string> => {
        await author.git('checkout', '--quiet', '-B', 'patch');
        await writeFile(join(author.folder, 'greet', 'greet.sh'), content, { mode: 0o755 });
        await author.git('commit', '--quiet', '--all', '--message', 'Of a fork');
        // The fork is its owner's alone.
        await author.git('-c', `http.${git}/.extraHeader=`, 'push', '--quiet', fork, 'HEAD:refs/heads/patch');
        return (await author.git('rev-parse', 'HEAD')).trim();
      };
      const shown = async (sha: string, context: string) =>
        (await author.statuses(sha)).find((status) => status.context === context);

      const broken = await send('#!/bin/sh\necho "Hi, $1"\n');
      await asOther('/repos/demo/forked/pulls', { title: 'Say Hi', head: 'other:patch', base: 'main' });
      const asked = await rig().until('somebody to be asked', async () => await shown(broken, 'yb/approval'));
      expect(asked).toMatchObject({ state: 'pending' });
      const id = asked.target_url?.split('/').at(-1) ?? '';
      const stranger = await rig().api(`/api/v1/runs/${id}/approve`, {
        method: 'POST',
        token: endpoints.otherApiToken,
      });
      expect(stranger.status).toBe(404);
      expect(await author.yb('approve', id)).toContain(`${broken.slice(0, 7)} may run.`);
      const red = await rig().until('its end', async () => {
        const status = await shown(broken, 'yb');
        return status?.state === 'pending' ? null : status;
      });
      expect(red).toMatchObject({ state: 'failure', target_url: asked.target_url });
      expect(red.description).toContain('//greet:greet_test');
      expect(await shown(broken, 'yb/approval')).toMatchObject({ state: 'success', description: 'Allowed by demo' });
      // Its disk went with it, and none of the repository's own was touched.
      await rig().until('its volume to go', async () => (await view('demo/forked'))?.volumes.length === 2);

      const next = await send('#!/bin/sh\necho "Hello, $1"\n');
      expect(await rig().until('the next question', async () => await shown(next, 'yb/approval'))).toMatchObject({
        state: 'pending',
      });
      expect(await shown(next, 'yb')).toBeUndefined();
      const [waiting] = await rig().runs('forked');
      expect(waiting).toMatchObject({ state: 'awaiting-approval', sha: next, ref: 'refs/pull/1/head' });
    });
  });

  describe('a public repository', () => {
    it('is shown to everybody where its owner says so, until it is private', async () => {
      const { endpoints } = rig().system;
      const author = await repository('open', true);
      const sha = await author.push({ 'README.md': 'changed\n' }, 'Change the README');
      const page = (await rig().finalStatus(author, sha)).target_url ?? '';
      const look = async (address: string) => await fetch(address, { redirect: 'manual' });
      expect((await look(page)).headers.get('location')).toContain('/auth/sign-in');
      await author.yb('settings', '--shown-to', 'everybody', '--repo', 'demo/open');
      expect(await (await look(page)).text()).toContain('All 4 tests passed');
      expect(await (await fetch(`${page}/log`)).text()).toContain('//slow:slow_test');
      expect((await look(`${endpoints.dashboard}/demo/open`)).status).toBe(200);
      await change(author, 'open', { private: true });
      await rig().until('it to be hidden', async () => (await look(page)).status !== 200);
      expect((await look(page)).headers.get('location')).toContain('/auth/sign-in');
    });
  });

  describe('a program made from the API’s own document', () => {
    it('lists, starts, follows and cancels', async () => {
      const { dashboard, apiToken } = rig().system.endpoints;
      await repository('described');
      const client = await apiClient(dashboard, apiToken);
      const where = { owner: 'demo', repo: 'described' };

      const { data: started } = await client.start(where, { ref: 'main', cache: false });
      const { data: list } = await client.runs({ ...where, branch: 'main', limit: 1 });
      expect(list.runs).toMatchObject([{ id: started.id, trigger: { source: 'manual' } }]);
      const events = followEvents(`${dashboard}/api/v1/runs/${started.id}/events`, apiToken);
      await rig().until('its first line', async () => (await client.live({ id: started.id })).data.log.text !== '');
      await rig().until('the event of that line', async () => await Promise.resolve(events.log().includes('\n')));
      await client.cancel({ id: started.id });
      const ended = await rig().until('its end', async () => {
        const { data: now } = await client.run({ id: started.id });
        return now.state === 'finished' && now;
      });
      expect(ended).toMatchObject({ verdict: 'cancelled', sha: started.sha });
      // It asks again when the stream has ended, and is told that there is nothing more.
      await rig().until('the end of its events', async () => await Promise.resolve(events.isClosed()));
      expect(events.states().at(-1)).toMatchObject({ run: { state: 'finished', verdict: 'cancelled' } });
      expect(new Set(events.states().map((state) => JSON.stringify(state))).size).toBe(events.states().length);
      // Each line once, although the stream broke off in between.
      await rig().until('the whole log', async () => (await client.run({ id: started.id })).data.log.lines !== null);
      expect(events.log()).toBe(await rig().linked(`/api/v1/runs/${started.id}/log`));
      await expect(client.run({ id: 'none' })).rejects.toMatchObject({ response: { data: { code: 'not-found' } } });
    });
  });

  describe('yb unregister', () => {
    it('takes out what setup-repo made, a run that goes on too, and setup-repo brings it back', async () => {
      const { endpoints } = rig().system;
      const author = await repository('leaving');
      const sha = await author.push({ 'README.md': 'once more\n' }, 'Push once more');
      await rig().until('the run', async () => (await rig().runs('leaving')).some((run) => run.sha === sha));

      const said = await author.yb('unregister', '--repo', 'demo/leaving', '--yes');

      expect(said).toContain('1 hook at GitHub');
      expect(said).toContain('2 volumes');
      const status = await rig().finalStatus(author, sha);
      expect(status).toMatchObject({ state: 'error', description: expect.stringContaining('ancel') });
      expect(await author.ask(`${endpoints.github}/repos/demo/leaving/hooks`)).toEqual([]);
      await rig().until('the volumes to go', async () => (await view('demo/leaving'))?.volumes.length === 0);
      expect((await rig().runs('leaving')).some((run) => run.sha === sha)).toBe(true);

      await author.yb('setup-repo', author.cloneUrl, '--yes');
      expect(await view('demo/leaving')).toMatchObject({ registered: true, credential: { kind: 'app' } });
    });
  });
});
