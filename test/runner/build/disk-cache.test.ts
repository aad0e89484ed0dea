import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSetting, shells } from './build-rig.ts';

describe('after a build, the build script', () => {
  it('keeps the disk cache in its budget, by the later of last use and last change', async () => {
    const { build, volume } = createSetting({ parameters: ['disk=300000', 'target=//...'] });
    const disk = join(volume, 'disk/cas');
    mkdirSync(disk, { recursive: true });
    // [read, written], in days ago
    const ages = { old: [50, 50], readLately: [1, 90], writtenLately: [80, 2], older: [60, 70] };
    for (const [name, [read = 0, written = 0]] of Object.entries(ages)) {
      writeFileSync(join(disk, name), Buffer.alloc(100_000, name));
      const day = 86_400;
      utimesSync(join(disk, name), Date.now() / 1000 - read * day, Date.now() / 1000 - written * day);
    }

    const { code, log } = await build();

    expect(code).toBe(0);
    expect(readdirSync(disk).sort()).toEqual(['readLately', 'writtenLately']);
    expect(log).toContain('over its budget');
  });

  it.each(shells)('keeps no entry in its disk cache that Bazel cannot have named, under %s', async (shell) => {
    const { build, volume } = createSetting({ parameters: ['disk=150000', 'target=//...'] });
    const disk = join(volume, 'disk');
    const odd = ['a b', "it's", '"', '$(touch evil)', 'new\nline', '\u00e9', 'x y/cas'];
    for (const folder of ['cas/00', 'x y/cas', 'ac/00']) mkdirSync(join(disk, folder), { recursive: true });
    for (const name of odd.slice(0, -1)) writeFileSync(join(disk, 'cas/00', name), Buffer.alloc(1_000));
    writeFileSync(Buffer.concat([Buffer.from(`${disk}/cas/00/`), Buffer.from([0xff, 0x20])]), '');
    for (const [index, name] of ['-old', 'b2c3', 'c4d5'].entries()) {
      writeFileSync(join(disk, 'cas/00', name), Buffer.alloc(100_000));
      utimesSync(join(disk, 'cas/00', name), 1_600_000_000 + index, 1_600_000_000 + index);
    }

    expect((await build({ shell })).code).toBe(0);

    expect(readdirSync(join(disk, 'cas/00'))).toEqual(['c4d5']);
    expect(readdirSync(disk).sort()).toEqual(['ac', 'cas']);
  });
});
