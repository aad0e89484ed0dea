import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { withDeadline } from '../../shared/deadline.ts';

const late = () => new Error('too late');

it('gives what comes in time, and what fails in time', async () => {
  expect(await withDeadline(Promise.resolve(1), 60_000, late)).toBe(1);
  await expect(withDeadline(Promise.reject(new Error('no')), 60_000, late)).rejects.toThrow('no');
});

it('ends what never comes', async () => {
  const never = Promise.withResolvers<number>().promise;
  await expect(withDeadline(never, 1, late)).rejects.toThrow('too late');
});

it('is not troubled by a failure that comes after the end', async () => {
  const gate = Promise.withResolvers<number>();
  await expect(withDeadline(gate.promise, 1, late)).rejects.toThrow('too late');
  gate.reject(new Error('later'));
  // An unhandled rejection would fail the test.
  await delay(1);
});
