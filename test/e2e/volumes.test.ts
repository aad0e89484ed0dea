import { expect, it } from 'vitest';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import { RepositoryView } from '../../shared/api/schemas.ts';
import { inEachPlace } from '../support/local-system.ts';

/**
 * A test that kills Bazel's server, as memory that is broken or an output base that is damaged may: each attempt ends with
 * "crashed, also after its output base was dropped", which counts against the volume.
 */
const crash = {
  '.bazelrc': 'build --spawn_strategy=local\n',
  'crash/BUILD.bazel':
    'load("//tools:script_test.bzl", "script_test")\n\nscript_test(name = "crash_test", src = "crash_test.sh")\n',
  'crash/crash_test.sh': `process=$$
while [ "$process" -gt 1 ]; do
  if tr '\\0' ' ' <"/proc/$process/cmdline" | grep -q -e '--output_base='; then kill -KILL "$process"; fi
  process=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$process/status")
done
exit 1
`,
};
const noCrash = { 'crash/BUILD.bazel': null, 'crash/crash_test.sh': null };

const Line = z.looseObject({ volumes: z.string().optional() });

inEachPlace((rig) => {
  it('a volume that failed twice is cleaned by a Job and free again, and meanwhile runs go to another', async () => {
    const author = await rig().author('damaged');
    const { 'slow/BUILD.bazel': _, ...files } = demoRepository;
    await author.push(files, 'Begin');
    await author.yb('setup-repo', author.cloneUrl, '--yes');
    await author.git('pull', '--quiet', '--ff-only', 'origin', 'main');
    const volumes = async () => {
      const response = await rig().api('/api/v1/repos/demo/damaged');
      return RepositoryView.parse(await response.json()).volumes;
    };

    const bad = await author.push(crash, 'Kill the server');
    const aside = await rig().until('a volume that is put aside', async () =>
      (await volumes()).find(({ state }) => state === 'quarantined' || state === 'cleaning'),
    );
    expect(aside).toMatchObject({ failures: 2, aside: { problem: null } });
    expect(aside.aside?.reason).toContain('crashed');
    const good = await author.push(noCrash, 'Do not');

    expect(await rig().finalStatus(author, bad)).toMatchObject({ state: 'error' });
    expect(await rig().finalStatus(author, good)).toMatchObject({ state: 'success' });
    const free = await rig().until('the volume to be free', async () =>
      (await volumes()).find(({ index, state }) => index === aside.index && state === 'free'),
    );
    // Two attempts and a cleaning have had it; the good run has gone to the other one.
    expect(free).toMatchObject({ epoch: 3, failures: 0, warm: null, aside: null });
    const other = await rig().until('the other one, too', async () =>
      (await volumes()).find(({ index, state }) => index !== aside.index && state === 'free'),
    );
    expect(other).toMatchObject({ epoch: 2, failures: 0, warm: { sha: good } });
    const told = (await rig().logLines('scheduler')).map((line) => Line.parse(line).volumes ?? '').join('; ');
    expect(told).toContain(`${aside.index}: start, make-job`);
    expect(told).toContain(`${aside.index}: cleaned`);
  });
});
