import { expect, it } from 'vitest';
import * as z from 'zod';
import { RepositoryView } from '../../shared/api/schemas.ts';
import { inCluster } from '../support/local-system.ts';
import { polyglotRepository } from '../support/polyglot-repository.ts';

const Detail = z.object({
  targets: z.array(z.object({ label: z.string(), status: z.string(), cached: z.boolean() })),
});

// The build image has the compilers that a machine of people may lack.
inCluster((rig) => {
  it('builds and tests four languages, and of a change only what it affects', async () => {
    const author = await rig().author('polyglot');
    await author.push({ 'README.md': '# Polyglot\n' }, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    const targetsOf = async (sha: string) => {
      const status = await rig().finalStatus(author, sha);
      const run = (await rig().runs('polyglot')).find((one) => one.sha === sha);
      const log = await rig().linked(`/api/v1/runs/${run?.id ?? ''}/log`);
      expect(status.state, `${status.description ?? ''}\n${log.slice(-4_000)}`).toBe('success');
      const answer = await author.ask(`${rig().system.endpoints.dashboard}/api/v1/runs/${run?.id ?? ''}`);
      const { targets } = Detail.parse(answer);
      return Object.fromEntries(
        targets.map(({ label, status, cached }) => [label, cached ? `${status}, cached` : status]),
      );
    };

    const first = await author.push(polyglotRepository, 'Four languages');
    expect(await targetsOf(first)).toEqual({
      '//cpp:sum_test': 'PASSED',
      '//java:greeting_test': 'PASSED',
      '//python:slug_test': 'PASSED',
      '//shell:count_test': 'PASSED',
    });

    // The volume that is warm now, and not the other one: the status does not wait for the end of its Pod.
    await rig().until('the volume', async () => {
      const answer = await rig().api('/api/v1/repos/demo/polyglot');
      return RepositoryView.parse(await answer.json()).volumes.every(({ state }) => state === 'free');
    });
    const sum = '#include "cpp/sum.h"\n\nint sum(int left, int right) { return right + left; }\n';
    const second = await author.push({ 'cpp/sum.cc': sum }, 'Add the other way round');
    expect(await targetsOf(second)).toEqual({
      '//cpp:sum_test': 'PASSED',
      '//java:greeting_test': 'PASSED, cached',
      '//python:slug_test': 'PASSED, cached',
      '//shell:count_test': 'PASSED, cached',
    });
  });
});
