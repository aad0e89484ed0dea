import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Author } from '../../local/author.ts';
import { demoRepository } from '../../local/demo-repository.ts';
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
