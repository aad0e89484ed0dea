import type { RunningSubject, Subject } from './subject.ts';

/**
 * Sends `requests` requests, `atOnce` at a time, and gives how many the function's process served in a second of its own
 * CPU time: what one pays for, whatever else this machine does meanwhile.
 */
export async function requestsPerCpuSecond(
  subject: Subject,
  running: RunningSubject,
  load: { readonly requests: number; readonly atOnce: number },
): Promise<number> {
  const before = await running.cpuMicroseconds();
  const left = { count: load.requests };
  const client = async (): Promise<void> => {
    while (left.count > 0) {
      left.count -= 1;
      await running.ask(subject.ask());
    }
  };
  await Promise.all(Array.from({ length: load.atOnce }, client));
  const after = await running.cpuMicroseconds();
  return load.requests / ((after - before) / 1e6);
}
