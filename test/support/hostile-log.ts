/** The one secret that the build of the hostile repository is given. */
export const givenSecret = { name: 'API_TOKEN', value: 'only-for-the-build-0123456789' };

/** Size of the build's `/dev/shm`. */
export const shmMegabytes = 512;

/** What the kernel, a server or a network without an answer says to whoever may not. */
const refusals =
  /^(E(ACCES|PERM|NOENT|ROFS|XDEV|SRCH|BUSY|NOSYS|CONNREFUSED|NETUNREACH|HOSTUNREACH)|timeout|http 40[13])$/;

/** Attempts whose outcome says more than a refusal. All others must have been refused. */
const outcomes: Readonly<Record<string, string | RegExp>> = {
  'run under': '',
  'secrets folder': givenSecret.name,
  // It has read what there is, its own container's, and nothing of ours was in it.
  environments: 'some read, found nothing',
  'first process': 'sh /run/yb/bin/build.sh',
  'processes of others': 'found nothing',
  'hidden processes': 'found nothing',
  'memory of others': 'found nothing',
  'sockets of others': 'found nothing',
  status: 'Uid=1000 Gid=1000 CapInh=0 CapPrm=0 CapEff=0 CapBnd=0 CapAmb=0 NoNewPrivs=1 Seccomp=2',
  // Programs that would be root by their mode bit, or by the kernel's grace.
  sudo: /^(ENOENT|exit [1-9]\d*)$/,
  su: /^(ENOENT|exit [1-9]\d*)$/,
  'mount program': /^(ENOENT|exit [1-9]\d*)$/,
  'unshare program': /^(ENOENT|exit [1-9]\d*)$/,
  'fill /dev/shm': `ENOSPC within ${shmMegabytes} MiB`,
  'git without the token': 'http 401',
  'read an object': 'http 403',
  'list objects': 'http 403',
  'write a result': 'http 403',
};

/** What the log tells of attempts to get out: each by its name, with what came back. */
export function probesOf(log: string): ReadonlyMap<string, string> {
  const told = [...log.matchAll(/^probe (.*?) = (.*)$/gm)];
  return new Map(told.map(([, name = '', outcome = '']) => [name, outcome]));
}

/** Attempts of which the log does not tell, though they are looked for by name. */
export function missingProbes(probes: ReadonlyMap<string, string>): string[] {
  return Object.keys(outcomes).filter((name) => !probes.has(name));
}

/** Attempts that were not refused, and what came back. */
export function successes(probes: ReadonlyMap<string, string>): (readonly [name: string, outcome: string])[] {
  return [...probes].filter(([name, outcome]) => {
    const wanted = outcomes[name] ?? refusals;
    return typeof wanted === 'string' ? outcome !== wanted : !wanted.test(outcome);
  });
}
