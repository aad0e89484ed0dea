import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantityOf } from '../../../shared/quantity.ts';
import {
  RepositorySettings,
  SettingsChange,
  jobSettingsFor,
  settingsProblem,
  withChange,
} from '../../../shared/repository/settings.ts';

const limits = { cpu: '4', memory: '8Gi', deadlineSeconds: 7200, registries: ['ghcr.io'] };

describe('settings of a repository', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1.5', 1.5],
    ['4Gi', 4 * 2 ** 30],
    ['4G', 4e9],
    ['', null],
    ['-1', null],
    ['1e3', null],
    ['4 Gi', null],
    ['Gi', null],
  ])('know what the quantity %j is worth', (text, worth) => {
    expect(quantityOf(text)).toBe(worth);
  });

  it.each([
    { buildImage: '--privileged' },
    { buildImage: 'https://ghcr.io/me/build' },
    { buildImage: 'a b' },
    { memory: '4 GB' },
    { deadlineSeconds: 5 },
    { deadlineSeconds: 1.5 },
    { runtimeClassName: 'runc' },
  ])('refuse %j', (settings) => {
    expect(RepositorySettings.safeParse(settings).success).toBe(false);
    expect(SettingsChange.safeParse(settings).success).toBe(false);
  });

  it.each([
    [{ cpu: '4001m' }, 'cpu may be 4 at most here'],
    [{ memory: '8193Mi' }, 'memory may be 8Gi at most here'],
    [{ deadlineSeconds: 7201 }, 'deadlineSeconds may be 7200 at most here'],
    [{ cpu: '4', memory: '8Gi', deadlineSeconds: 7200 }, null],
    [{}, null],
    [{ memory: '8' }, 'memory must be 256Mi at least: write 8Gi, as 8 alone counts bytes'],
    [{ memory: '500m' }, 'memory must be 256Mi at least: write 8Gi, as 500m alone counts bytes'],
    [{ cpu: '2m' }, 'cpu must be 100m at least: 2 is two processors'],
    [{ cpu: '0' }, 'cpu must be 100m at least: 2 is two processors'],
    [{ buildImage: 'ghcr.io/me/build:1' }, null],
    [{ buildImage: '127.0.0.1/x' }, 'buildImage: the image must be named by the host of a registry, not by an address'],
  ])('%j: %s', (settings, problem) => {
    expect(settingsProblem(settings, limits)).toBe(problem);
  });

  it('change one by one, and go back to the installation’s', () => {
    const changed = withChange({ memory: '2Gi', cpu: '1' }, { memory: null, deadlineSeconds: 60 });
    expect(changed).toEqual({ cpu: '1', deadlineSeconds: 60 });
  });

  it('take the place of the installation’s where they are set, and change nothing else', () => {
    const installation = {
      buildImage: 'image:1',
      deadlineSeconds: 3600,
      resources: { cpu: '2', memory: '4Gi', ephemeralStorage: '10Gi' },
      runtimeClassName: 'gvisor',
    };
    const own = fc.record(
      { buildImage: fc.constant('own:2'), cpu: fc.constant('1'), memory: fc.constant('1Gi') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(own, (settings) => {
        expect(jobSettingsFor(installation, settings)).toEqual({
          ...installation,
          buildImage: settings.buildImage ?? 'image:1',
          ...(settings.buildImage === undefined ? {} : { pullsBuildImage: true }),
          resources: { cpu: settings.cpu ?? '2', memory: settings.memory ?? '4Gi', ephemeralStorage: '10Gi' },
        });
      }),
    );
  });
});
