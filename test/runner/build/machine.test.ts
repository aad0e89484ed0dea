import { describe, expect, it } from 'vitest';
import { createSetting } from './build-rig.ts';

describe('the build script on a machine of which a part is its own', () => {
  it.each([
    ['2.1.0', ['--local_cpu_resources=3', '--local_ram_resources=2000']],
    ['4.2.3', ['--local_cpu_resources=3', '--local_ram_resources=2000']],
    ['no_version', ['--local_cpu_resources=3', '--local_ram_resources=2000']],
    ['7.0.2', ['--local_cpu_resources=3', '--local_ram_resources=2000']],
    ['7.1.0', ['--local_resources=cpu=3', '--local_resources=memory=2000']],
    ['8.0.0-pre.1', ['--local_resources=cpu=3', '--local_resources=memory=2000']],
    ['10.0.0', ['--local_resources=cpu=3', '--local_resources=memory=2000']],
  ])('tells Bazel %s what of the machine is its own, and lets a commit say otherwise', async (version, expected) => {
    const parameters = ['cpus=3', 'memory=3000', 'flag=--jobs=1', 'target=//...'];
    const { build, calls } = createSetting({ parameters, version });

    await build();

    const words = calls()[0]?.split('|') ?? [];
    expect(words.filter((word) => word.startsWith('--local_') && word.includes('resources'))).toEqual(expected);
    expect(words.indexOf('--jobs=1')).toBeGreaterThan(words.indexOf(expected[1] ?? ''));
  });

  it('leaves the machine to Bazel where nobody said what of it is its own', async () => {
    const { build, calls } = createSetting();

    await build();

    expect(calls()[0]).not.toMatch(/--local_[a-z_]*resources/);
  });
});
