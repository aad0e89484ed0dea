/** A bug that is put into the functions, to show that the simulation would find it. */
export interface Plant {
  readonly name: string;
  /** The rule that it breaks. */
  readonly rule: string;
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const plants: readonly Plant[] = [
  {
    name: 'lease-freed-by-time',
    rule: 'a lease is freed because its writer is gone, never because time passed',
    file: 'functions/watcher/decide.ts',
    find: "  if (isGone(seen)) return { type: 'settle' };",
    replace: "  if (isGone(seen) || secondsSince(run, about.now) > 60) return { type: 'settle' };",
  },
  {
    name: 'set-in-place-of-create',
    rule: 'a push runs once',
    file: 'shared/store/runs.ts',
    find: 'const [version] = await documents.commit([creationOf(Run, path, run)]);',
    replace: "const [, version] = await documents.commit([{ type: 'delete', path }, creationOf(Run, path, run)]);",
  },
  {
    name: 'acknowledged-before-publish',
    rule: 'a push is never lost',
    file: 'functions/webhook/webhook.ts',
    find: 'await parts.messenger.publish(asked.request);',
    replace: 'void parts.messenger.publish(asked.request).catch(() => undefined);',
  },
  {
    name: 'nothing-is-redelivered',
    rule: 'a push is never lost: GitHub itself delivers nothing again',
    file: 'functions/watcher/redelivery.ts',
    find: '    for (const delivery of toRedeliver(all, now)) {',
    replace: '    for (const delivery of toRedeliver(all, now).slice(0, 0)) {',
  },
  {
    name: 'dead-letters-forgotten',
    rule: 'a push is never lost: what was put aside and is sound is told once more',
    file: 'functions/watcher/replay.ts',
    find: '        await messenger.replay(aside);',
    replace: '',
  },
  {
    name: 'status-without-order',
    rule: 'an older state never overwrites a newer one',
    file: 'shared/run/commit-report.ts',
    find: 'if (age < 0) return null;',
    replace: '',
  },
  {
    name: 'status-not-read-back',
    rule: 'after an unknown outcome it reads back before it writes again',
    file: 'functions/watcher/report.ts',
    find: "const asks = step.type === 'verify' || step.readBack;",
    replace: "const asks = step.type === 'verify';",
  },
  {
    name: 'news-not-read-back',
    rule: 'a broken branch is told once',
    file: 'functions/watcher/tell.ts',
    find: 'const isThere = readBack && ',
    replace: 'const isThere = !readBack && ',
  },
  {
    name: 'last-word-not-verified',
    rule: 'it looks once more after a final one',
    file: 'shared/run/commit-report.ts',
    find: "verifyAt: rank === 'final' ?",
    replace: "verifyAt: rank === 'waiting' ?",
  },
  {
    name: 'epoch-not-compared',
    rule: 'success is proved by a result of this attempt and epoch',
    file: 'shared/run/verdict.ts',
    find: 'result.attempt === attempt.attempt && result.epoch === attempt.epoch ? result : null',
    replace: 'result.attempt === attempt.attempt ? result : null',
  },
  {
    name: 'green-without-the-courier',
    rule: 'success is proved',
    file: 'shared/run/verdict.ts',
    find: "  return courierDied ? 'courier-died' : 'result-missing';",
    replace: "  return courierDied ? 'courier-died' : build?.exitCode === 0 ? 'passed' : 'result-missing';",
  },
  {
    name: 'deadline-not-awaited',
    rule: 'what the author can cause is tried once',
    file: 'functions/watcher/decide.ts',
    find: 'return !pod.deleting || isOver(job) || job?.reason !== null;',
    replace: 'return true;',
  },
  {
    name: 'place-counted-not-claimed',
    rule: 'a limit is held by claiming a place, never by counting',
    file: 'functions/scheduler/place.ts',
    find: '{ run: changed(run, change), volume, also: writes }',
    replace: '{ run: changed(run, change), volume, also: writes.slice(0, 0) }',
  },
  {
    name: 'place-kept-after-the-end',
    rule: 'what a run held is free when it is over',
    file: 'functions/watcher/settle.ts',
    find: '  const also = [...remembered, ...places, ...branch.writes];',
    replace: '  const also = [...remembered, ...branch.writes];',
  },
  {
    name: 'cancel-dropped',
    rule: 'a cancel that comes first leaves a tombstone',
    file: 'functions/scheduler/cancel.ts',
    find: 'const isAhead = await cancelAhead(options.documents, runId, { by, at: options.clock.now() });',
    replace: 'const isAhead = true;',
  },
  {
    name: 'freed-under-a-living-job',
    rule: 'whoever gives up frees on proof',
    file: 'functions/scheduler/start.ts',
    find: 'const job = await readOwnJob(cluster, run.job?.name ?? jobName(run));',
    replace: 'const job = (await readOwnJob(cluster, run.job?.name ?? jobName(run))) === null ? null : null;',
  },
  {
    name: 'one-unreadable-run-fails-the-tick',
    rule: 'errors end runs, not messages',
    file: 'shared/store/runs.ts',
    find: 'unreadable.push({ snapshot, why: publicMessage(error) });',
    replace: 'throw error;',
  },
  {
    name: 'sweep-of-the-oldest-only',
    rule: 'the tick takes what is due and puts it off',
    file: 'functions/watcher/watcher.ts',
    find: 'dueRuns(documents, now, sweepLimit)',
    replace: 'dueRuns(documents, now, 1)',
  },
  {
    name: 'any-4xx-ends-the-status',
    rule: 'a final status is tried for three days',
    file: 'shared/run/commit-report.ts',
    find: "rights: { pending: dropped, final: { type: 'hourly', within: 3 * days } },",
    replace: 'rights: { pending: dropped, final: dropped },',
  },
  {
    name: 'vouched-without-asking',
    rule: 'trust is derived from what GitHub says of the commit, never from a message',
    file: 'functions/scheduler/vouch.ts',
    find: "return isThere ? 'vouched' : 'elsewhere';",
    replace: "return isThere ? 'vouched' : 'vouched';",
  },
  {
    name: 'fork-runs-unasked',
    rule: 'what a fork sends runs after somebody has allowed it',
    file: 'shared/run/approval.ts',
    find: 'return !isTrusted(run.trust) && run.approval === null;',
    replace: 'return !isTrusted(run.trust) && run.approval !== null;',
  },
  {
    name: 'fork-volume-kept',
    rule: 'what a fork leaves on a disk is read by nobody',
    file: 'shared/volume/lease.ts',
    find: "if (!isTrusted(trust)) return 'retiring';",
    replace: '',
  },
  {
    name: 'closed-after-the-first-context',
    rule: 'every commit gets a final status: of two that are told, both',
    file: 'functions/watcher/report.ts',
    find: 'const also = index === all.length - 1 ? so.due : options.clock.now();',
    replace: 'const also = index === all.length - 1 ? so.due : null;',
  },
  {
    name: 'half-made-job-forgotten',
    rule: 'what was about to start when its repository went away comes to rest',
    file: 'functions/scheduler/stop.ts',
    find: 'if (lease !== null) await options.jobs.abandon(lease);',
    replace: 'if (lease !== null) continue;',
  },
  {
    name: 'owner-not-compared',
    rule: 'what goes to another account is served no more',
    file: 'functions/scheduler/refresh.ts',
    find: "if (seen.ownerId !== known.customer) return { type: 'stopped', why: 'transferred' };",
    replace: '',
  },
  {
    name: 'name-not-followed',
    rule: 'the record follows what GitHub calls a repository',
    file: 'functions/scheduler/refresh.ts',
    find: 'const same = fullName === known.fullName && ',
    replace: 'const same = ',
  },
  {
    name: 'told-of-what-went-away',
    rule: 'what nobody can be told is given up',
    file: 'functions/watcher/report.ts',
    find: '(token === null && repository.value.stopped !== null)',
    replace: "(token === null && repository.value.id === '')",
  },
  {
    name: 'verdict-waits-for-the-archive',
    rule: 'the verdict, the lease and the status never wait for the archive',
    file: 'functions/watcher/settle.ts',
    find: '  const at = options.clock.now();\n  const judgement',
    replace:
      "  await options.objects.write('logs/early', new Uint8Array(), { contentType: 'text/plain' });\n  const at = options.clock.now();\n  const judgement",
  },
];
