// Loaded into the process of a measured function (`node --import`), bundled, so that it costs next to nothing.
// oxlint-disable-next-line import/no-unassigned-import -- it keeps the framework on loopback, and has nothing to give
import '../../local/function-host.ts';

/** At SIGUSR2, tells the CPU time that the whole process has used so far, in microseconds. */
process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicroseconds: user + system });
});
