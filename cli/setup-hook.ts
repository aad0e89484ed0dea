import { type Connection, connectHook, waitForPing } from './connect.ts';
import { type Credential, credentialBody } from './credential.ts';
import type { Dialogue } from './dialogue.ts';
import { type HookFindings, inspectHooks } from './hook.ts';
import type { RegisteredRepository, ServerInfo } from './server.ts';

export interface HookStep {
  readonly dialogue: Dialogue;
  readonly connection: Connection;
  readonly info: ServerInfo;
  readonly registered: RegisteredRepository;
  /** By what the server is to reach the repository from now on; null if it stays as it is. */
  readonly credential: Credential | null;
  /** Whether a hook that is good gets a fresh secret all the same. */
  readonly rotate: boolean;
}

/** Brings GitHub's hook and the server's knowledge of it together, as far as the person agrees. */
export async function setUpHook(step: HookStep): Promise<{ changed: boolean; undone: string[] }> {
  const { dialogue, connection, info, registered, credential, rotate } = step;
  dialogue.checking('Checking CI hook');
  const hooks = await connection.github.hooks(connection.fullName);
  const findings = inspectHooks({ hooks, webhook: info.webhook, registered });
  tellFindings(dialogue, findings);

  const undone: string[] = [];
  let changed = false;
  const isGood = findings.hook !== null && findings.faults.length === 0;
  if (!isGood || rotate) {
    explainCredential(step);
    if (await dialogue.ask(...hookQuestion(findings))) {
      await connect(step, findings);
      changed = true;
    } else {
      undone.push(findings.hook === null ? 'the CI hook' : isGood ? 'its fresh secret' : "the CI hook's repair");
    }
  } else if (credential !== null) {
    explainCredential(step);
    await connection.server.register(connection.fullName, { credential: credentialBody(credential) });
    changed = true;
  }
  if (findings.extra.length > 0 && undone.length === 0) {
    const deleted = await offerDeletion(step, findings);
    if (deleted) changed = true;
    else undone.push('the superfluous hooks');
  }
  return { changed, undone };
}

function tellFindings(dialogue: Dialogue, { hook, faults }: HookFindings): void {
  if (hook === null) dialogue.bad('not found');
  else if (faults.length === 0) dialogue.good('found');
  else dialogue.bad(`stale (it ${faults.join('; it ')})`);
}

function hookQuestion({ hook, faults }: HookFindings): string[] {
  if (hook !== null && faults.length === 0) return ['Would you like to give it a fresh secret?'];
  if (hook !== null) return ['Would you like to repair it, with a fresh secret?'];
  return [
    'Would you like to add a hook to your GitHub',
    'repository to build and test your code when branches',
    'are updated',
  ];
}

/** Says which token the server will keep, before the question that the person answers for both. */
function explainCredential({ dialogue, credential }: HookStep): void {
  if (credential?.kind !== 'token') return;
  dialogue.say(
    'yb will keep a token, sealed, to fetch your commits and to set',
    `their statuses: the one in ${credential.name}.`,
    ...(credential.broad ? ['It is a classic one: it opens every repository that you can reach.'] : []),
  );
}

async function connect(step: HookStep, findings: HookFindings): Promise<void> {
  const { dialogue, connection, info, registered, credential } = step;
  const hook = await connectHook(connection, {
    stale: findings.hook,
    credential: credential === null ? undefined : credentialBody(credential),
  });
  dialogue.checking("Waiting for GitHub's ping");
  await waitForPing(connection, { hook, before: registered, webhook: info.webhook });
  dialogue.good('arrived');
}

async function offerDeletion({ dialogue, connection }: HookStep, { extra }: HookFindings): Promise<boolean> {
  const many = extra.length === 1 ? 'another hook' : `${extra.length} more hooks`;
  const agreed = await dialogue.ask(
    `GitHub has ${many} to yb: it tells of each push once more.`,
    `Would you like to delete ${extra.length === 1 ? 'it' : 'them'}?`,
  );
  if (!agreed) return false;
  for (const { id } of extra) await connection.github.deleteHook(connection.fullName, id);
  return true;
}
