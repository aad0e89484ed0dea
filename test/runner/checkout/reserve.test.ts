import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepReserve, withReserve } from '../../../runner/checkout/reserve.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createSetting } from './checkout-rig.ts';

const full = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

describe('the reserve of a volume', () => {
  it('is there after a checkout, and takes room', async () => {
    const { repository, volume, checkOut } = await createSetting();
    await checkOut(repository.commit({ 'MODULE.bazel': '' }));
    const reserve = join(volume, 'trusted/reserve');
    expect(readdirSync(reserve)).toHaveLength(4);
    for (const name of readdirSync(reserve)) expect(statSync(join(reserve, name)).size).toBe(16_384);
  });

  it('is given away when the disk is full, once, and made again', async () => {
    const reserve = join(temporaryFolder(), 'reserve');
    await keepReserve(reserve);
    let calls = 0;
    const done = await withReserve(reserve, async () => {
      calls += 1;
      expect(existsSync(reserve)).toBe(calls === 1);
      return await (calls === 1 ? Promise.reject(full()) : Promise.resolve('written'));
    });
    expect([done, calls]).toEqual(['written', 2]);
    await keepReserve(reserve);
    expect(readdirSync(reserve)).toHaveLength(4);
  });

  it('does not help against anything else, nor twice', async () => {
    const reserve = join(temporaryFolder(), 'reserve');
    await keepReserve(reserve);
    await expect(withReserve(reserve, async () => await Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(existsSync(reserve)).toBe(true);
    await expect(withReserve(reserve, async () => await Promise.reject(full()))).rejects.toThrow('no space');
  });
});
