import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bucket, rates, takeOne } from '../../../functions/dashboard/access/limits.ts';
import { createWorld } from './dashboard-rig.ts';

const secret = '/api/v1/repos/mira/shop/secrets/KEY';

describe('a token bucket', () => {
  it('never gives more than a minute’s worth at once and as much in each minute, and says when the next is there', () => {
    const asks = fc.array(fc.integer({ min: -1000, max: 90_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), asks, (perMinute, pauses) => {
        let bucket: Bucket | undefined;
        let now = 1_000_000;
        let passed = 0;
        let given = 0;
        for (const pause of pauses) {
          now += pause;
          passed += Math.max(0, pause);
          const taken = takeOne(bucket, { perMinute }, now);
          bucket = taken.bucket;
          given += taken.retryAt === null ? 1 : 0;
          // Where a clock is set back, the same minutes come twice.
          expect(given).toBeLessThanOrEqual(perMinute + (passed * perMinute) / 60_000 + 1e-6);
          if (taken.retryAt === null) continue;
          expect(taken.retryAt).toBeGreaterThan(now);
          expect(takeOne(bucket, { perMinute }, taken.retryAt).retryAt).toBeNull();
        }
      }),
    );
  });
});

describe('limits', () => {
  it('stop one person’s changes for a moment, and nobody else’s', async () => {
    const world = await createWorld();
    const set = async (token: string) => await world.api(secret, { token, method: 'PUT', body: { value: 'a value' } });
    for (let count = 0; count < rates.change.perMinute; count += 1) expect((await set('admin')).status).toBe(204);
    const entries = () => world.documents.paths().filter((path) => path.includes('/audit/')).length;
    const before = entries();

    const refused = await set('admin');

    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'too-many-requests' });
    expect(entries()).toBe(before);
    const start = await world.api('/api/v1/repos/mira/shop/runs', {
      token: 'writer',
      method: 'POST',
      body: { ref: 'main' },
    });
    expect(start.status).toBe(201);
    expect((await world.api('/api/v1/repos/mira/shop', { token: 'admin' })).status).toBe(200);
    world.clock.advance(1000);
    expect((await set('admin')).status).toBe(204);
  });

  it('stop the sign-ins of one address, with a page', async () => {
    const world = await createWorld();
    const begin = async (address: string) =>
      await world.app.request('/auth/sign-in', { headers: { 'x-forwarded-for': address } });
    for (let count = 0; count < rates.signIn.perMinute; count += 1)
      expect((await begin('203.0.113.7')).status).toBe(302);

    const refused = await begin('198.51.100.1, 203.0.113.7');

    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3');
    expect(refused.headers.get('content-type')).toContain('text/html');
    expect((await begin('203.0.113.8')).status).toBe(302);
  });
});
