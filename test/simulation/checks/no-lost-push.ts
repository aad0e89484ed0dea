import type { Check } from './seen.ts';

/** Every push that was accepted has its run, once all messages have arrived. */
export const noLostPush: Check = ({ accepted, runs }) =>
  accepted.filter((id) => !runs.some((run) => run.id === id)).map((id) => `${id} was accepted and has no run`);
