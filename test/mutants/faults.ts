// Over 300 lines because it is one list.
/** One small fault, put into a copy of the project, and what it would mean to people. */
export interface Fault {
  readonly name: string;
  /** The rule that it breaks. */
  readonly rule: string;
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Where the tests are that should find it: names of files or folders. */
  readonly tests: readonly string[];
}

const webhook = [
  'test/functions/webhook/webhook.test.ts',
  'test/functions/webhook/hook-cache.test.ts',
  'test/functions/webhook/delivery.test.ts',
];
const messages = ['test/shared/messages', 'test/functions/webhook/webhook.test.ts'];
const acts = ['test/functions/scheduler', 'test/functions/watcher', 'test/functions/control-plane.test.ts'];
const domain = ['test/shared/run', 'test/shared/volume', 'test/shared/queue', ...acts];
const rights = [
  'test/functions/dashboard/rights.test.ts',
  'test/functions/dashboard/sign-in.test.ts',
  'test/functions/dashboard/api.test.ts',
];
const courier = [
  'test/runner/courier/limits.test.ts',
  'test/runner/courier/courier.test.ts',
  'test/runner/courier/hostile.test.ts',
  'test/runner/courier/mask.test.ts',
  'test/runner/courier/resume.test.ts',
];
const checkout = [
  'test/runner/checkout/checkout.test.ts',
  'test/runner/checkout/checkout-failures.test.ts',
  'test/runner/checkout/hostile-volume.test.ts',
];
const build = ['test/runner/build/build.test.ts'];

export const faults: readonly Fault[] = [
  // webhook
  {
    name: 'any signature is right',
    rule: 'nothing is believed that was not shown',
    file: 'functions/webhook/webhook.ts',
    find: 'timingSafeEqual(createHmac',
    replace: 'given.length > 0 || timingSafeEqual(createHmac',
    tests: webhook,
  },
  {
    name: 'a retired secret counts',
    rule: 'nothing is believed that was not shown',
    file: 'shared/store/hooks.ts',
    find: 'retiresAt === null || retiresAt > now',
    replace: 'retiresAt === null || retiresAt !== now',
    tests: webhook,
  },
  {
    name: 'answered before Pub/Sub has it',
    rule: 'no-lost-push',
    file: 'functions/webhook/webhook.ts',
    find: 'await parts.messenger.publish(asked.request);',
    replace: 'void parts.messenger.publish(asked.request).catch(() => undefined);',
    tests: webhook,
  },
  {
    name: 'the hook of another repository',
    rule: 'a customer sees its own',
    file: 'functions/webhook/delivery.ts',
    find: 'if (String(id) !== delivery.repoId) throw',
    replace: "if (String(id) === '') throw",
    tests: webhook,
  },
  {
    name: 'the hook cache without bound',
    rule: 'every parser has limits',
    file: 'functions/webhook/hook-cache.ts',
    find: 'if (entries.size > maxEntries && oldest !== undefined)',
    replace: 'if (entries.size > maxEntries * 1000 && oldest !== undefined)',
    tests: webhook,
  },
  {
    name: 'pull requests of forks run',
    rule: 'untrusted code holds none of our rights',
    file: 'functions/webhook/delivery.ts',
    find: "if (!push.ref.startsWith('refs/heads/'))",
    replace: "if (!push.ref.startsWith('refs/'))",
    tests: webhook,
  },
  // messages
  {
    name: 'a message of any size',
    rule: 'every parser has limits',
    file: 'shared/messages/codec.ts',
    find: '.max(maxBytes * 2)',
    replace: '.max(maxBytes * 200)',
    tests: messages,
  },
  {
    name: 'any topic says anything',
    rule: 'IAM says who may say what',
    file: 'shared/messages/messages.ts',
    find: 'sources.some((source) => source === trigger.source)',
    replace: 'sources.some((source) => source !== undefined || trigger.source !== undefined)',
    tests: messages,
  },
  {
    name: 'what cannot be handled is acknowledged and forgotten',
    rule: 'nothing is lost',
    file: 'shared/messages/event-handler.ts',
    find: 'await options.messenger.deadLetter(raw, `${errorCode(error)}: ${publicMessage(error)}`);',
    replace: '',
    tests: messages,
  },
  {
    name: 'a conflict is acknowledged',
    rule: 'nothing is lost',
    file: 'shared/errors.ts',
    find: "conflict: { disposition: 'retry', status: 409 }",
    replace: "conflict: { disposition: 'acknowledge', status: 409 }",
    tests: [...messages, ...acts],
  },
  // trust
  {
    name: 'every ref is trusted',
    rule: 'forks never write a volume that a trusted run reads',
    file: 'shared/run/trust.ts',
    find: "ref.startsWith('refs/heads/') ? 'trusted' : 'fork'",
    replace: "ref.startsWith('refs/') ? 'trusted' : 'fork'",
    tests: domain,
  },
  {
    name: 'any free volume will do',
    rule: 'forks never write a volume that a trusted run reads',
    file: 'shared/volume/choice.ts',
    find: "state === 'free' && trust === need.run.trust",
    replace: "state === 'free' && trust !== undefined && need !== undefined",
    tests: domain,
  },
  // scheduler
  {
    name: 'a claim of an earlier attempt is gone on with',
    rule: 'one-writer',
    file: 'functions/scheduler/scheduler.ts',
    find: ' && run.value.attempt === holder.attempt',
    replace: '',
    tests: acts,
  },
  {
    name: 'a volume that is not free is leased',
    rule: 'one-writer',
    file: 'shared/volume/lease.ts',
    find: "if (volume.state !== 'free') throw",
    replace: "if (volume.state === 'retiring') throw",
    tests: domain,
  },
  {
    name: 'the epoch stays',
    rule: 'one-writer',
    file: 'shared/volume/lease.ts',
    find: '    epoch: volume.epoch + 1,\n    holder:',
    replace: '    holder:',
    tests: domain,
  },
  {
    name: 'a refused Job leaves its volume unmentioned',
    rule: 'nobody waits for ever',
    file: 'functions/scheduler/start.ts',
    find: "  await options.messenger.publish({ v: 1, type: 'volume.freed', repoId: lease.run.value.repoId });\n",
    replace: '',
    tests: acts,
  },
  {
    name: 'the upload right ends with the grace',
    rule: 'success is proved',
    file: 'functions/scheduler/start.ts',
    find: '(deadlineSeconds + graceSeconds + uploadMarginSeconds)',
    replace: '(deadlineSeconds + graceSeconds)',
    tests: acts,
  },
  {
    name: 'a fork is given secrets',
    rule: 'untrusted code holds none of our rights',
    file: 'shared/repository/build-secrets.ts',
    find: 'isTrusted(trust) ? secrets : []',
    replace: 'isTrusted(trust) ? secrets : secrets.slice(0, 1)',
    tests: ['test/shared/repository', ...acts],
  },
  {
    name: 'a token that was given to another program counts',
    rule: 'only tokens of this installation’s App count',
    file: 'functions/dashboard/access/access.ts',
    find: 'if (!isOurs) throw',
    replace: "if (token.startsWith('ghs_')) throw",
    tests: rights,
  },
  {
    name: 'a refused change is not in the audit trail',
    rule: 'who did what, with what result',
    file: 'functions/dashboard/access/audit.ts',
    find: 'await end(errorCode(error));',
    replace: '',
    tests: ['test/functions/dashboard/audit.test.ts'],
  },
  {
    name: 'runs are kept for nine days',
    rule: 'retention',
    file: 'shared/retention.ts',
    find: 'runDays: 90,',
    replace: 'runDays: 9,',
    tests: domain,
  },
  {
    name: 'a volume due at this moment is left out',
    rule: 'nobody waits for ever',
    file: 'shared/store/volumes.ts',
    find: 'new Date(now.getTime() + 1)',
    replace: 'now',
    tests: acts,
  },
  {
    name: 'the newest push goes first',
    rule: 'waiting runs start in order',
    file: 'shared/queue/plan.ts',
    find: 'left.pushedAt.getTime() - right.pushedAt.getTime() ||',
    replace: 'right.pushedAt.getTime() - left.pushedAt.getTime() ||',
    tests: domain,
  },
  // watcher
  {
    name: 'a volume is freed that another run holds',
    rule: 'one-writer',
    file: 'functions/watcher/settle.ts',
    find: 'if (volume === null || !holds(volume.value, run))',
    replace: 'if (volume === null)',
    tests: acts,
  },
  {
    name: 'a run is settled while its Pod is there',
    rule: 'one-writer',
    file: 'shared/volume/writer.ts',
    find: 'return isOver(job) && hasEnded(pod);',
    replace: 'return isOver(job) || hasEnded(pod);',
    tests: [...domain, 'test/functions/cleaning.test.ts'],
  },
  {
    name: 'another Job of the name is the writer',
    rule: 'one-writer',
    file: 'shared/volume/writer.ts',
    find: 'job?.uid === uid ? job : null',
    replace: 'job',
    tests: [...acts, 'test/shared/volume'],
  },
  {
    name: 'an unknown outcome is not read back',
    rule: 'newest-status-wins',
    file: 'functions/watcher/report.ts',
    find: '    if (readBack) {',
    replace: '    if (readBack && run.status.tries > 1000) {',
    tests: acts,
  },
  {
    name: 'a status may be on its way for three seconds',
    rule: 'newest-status-wins',
    file: 'functions/watcher/report.ts',
    find: 'const sendingMilliseconds = 3 * githubMilliseconds;',
    replace: 'const sendingMilliseconds = 0.3 * githubMilliseconds;',
    tests: acts,
  },
  {
    name: 'an older state overwrites a newer one',
    rule: 'newest-status-wins',
    file: 'shared/run/status.ts',
    find: 'ranks.indexOf(rank) > ranks.indexOf(than)',
    replace: 'ranks.indexOf(rank) !== ranks.indexOf(than)',
    tests: domain,
  },
  {
    name: 'warm though Bazel did not end',
    rule: 'the nearest warm commit',
    file: 'functions/watcher/decide.ts',
    find: 'if (result === null || result.exitCode === null) return null;',
    replace: 'if (result === null) return null;',
    tests: acts,
  },
  {
    name: 'a retry keeps when it ran',
    rule: 'verdicts',
    file: 'shared/run/transitions.ts',
    find: '        job: null,\n        runningAt: null,',
    replace: '        job: null,',
    tests: domain,
  },
  {
    name: 'events are asked of every Pod',
    rule: 'cost follows work',
    file: 'functions/watcher/settle.ts',
    find: "return phase === 'Pending' && scheduled && containers?.courier?.state === 'waiting';",
    replace: 'return scheduled && containers !== null;',
    tests: acts,
  },
  {
    name: 'green without a last event',
    rule: 'no-false-green',
    file: 'shared/run/verdict.ts',
    find: '|| !result.events.complete',
    replace: '',
    tests: domain,
  },
  // dashboard
  {
    name: 'readers may write',
    rule: 'who may',
    file: 'functions/dashboard/access/access.ts',
    find: '{ read: pull, write: push, admin }',
    replace: '{ read: pull, write: pull, admin }',
    tests: rights,
  },
  {
    name: 'a form of another site counts',
    rule: 'who may',
    file: 'functions/dashboard/access/gate.ts',
    find: 'if (!safe && !isFromOurPages(context, dashboardUrl))',
    replace: 'if (!safe && dashboardUrl === context.req.url)',
    tests: rights,
  },
  {
    name: 'anybody may change settings',
    rule: 'who may',
    file: 'functions/dashboard/routes.ts',
    find: "{ method: 'PATCH', path: `${repository}/settings`, face: 'api', needs: 'admin', does: 'settings.change' }",
    replace: "{ method: 'PATCH', path: `${repository}/settings`, face: 'api', needs: 'read', does: 'settings.change' }",
    tests: [...rights, 'test/functions/dashboard/owner-settings.test.ts'],
  },
  // checkout
  {
    name: 'an older epoch writes',
    rule: 'one-writer',
    file: 'runner/checkout/epoch.ts',
    find: 'seen > epoch',
    replace: 'seen > epoch + 1',
    tests: checkout,
  },
  {
    name: 'hooks of the mirror run',
    rule: 'untrusted code holds none of our rights',
    file: 'runner/checkout/git.ts',
    find: "    'core.hooksPath': '/dev/null',\n",
    replace: '',
    tests: checkout,
  },
  // courier
  {
    name: 'links are followed',
    rule: 'what a build wrote is hostile',
    file: 'runner/courier/hostile-files.ts',
    find: 'O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY : O_RDONLY',
    replace: 'O_RDONLY | O_NONBLOCK | O_NOCTTY : O_RDONLY',
    tests: courier,
  },
  {
    name: 'files that are holes are read',
    rule: 'what a build wrote is hostile',
    file: 'runner/courier/hostile-files.ts',
    find: 'stats.blocks * 512 * 64 < stats.size',
    replace: 'stats.blocks * 512 * 4096 < stats.size',
    tests: courier,
  },
  {
    name: 'half a line of the memory counts',
    rule: 'no log marked complete that is not',
    file: 'runner/courier/state.ts',
    find: ".split('\\n').slice(0, -1)",
    replace: ".split('\\n')",
    tests: courier,
  },
  // build.sh
  {
    name: 'a signal does not reach Bazel',
    rule: 'a cancel ends in an orderly way',
    file: 'runner/build.sh',
    find: '  kill -TERM "$client" 2>/dev/null || return 0\n',
    replace: '',
    tests: build,
  },
];
