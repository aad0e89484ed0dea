import { simulate } from '../simulation/simulation.ts';
import { type LeftBehind, leftBehind } from './left-behind.ts';

/** What this version leaves behind in the midst of the story of this seed. */
export async function leave(seed: number, afterMinutes: number): Promise<LeftBehind> {
  const left: Promise<LeftBehind>[] = [];
  await simulate({
    seed,
    breakOff: {
      afterMinutes,
      leave(world, mail) {
        left.push(leftBehind(world, mail));
      },
    },
  });
  const [found] = await Promise.all(left);
  if (found === undefined) throw new Error(`the story of ${seed} ends before`);
  return found;
}
