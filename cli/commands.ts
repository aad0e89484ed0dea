import { apiCommand } from './api.ts';
import { openCommand } from './open.ts';
import { testsCommand } from './tests.ts';
import { badgeCommand } from './badge.ts';
import { hookCommand } from './hook-health.ts';
import { volumesCommand } from './volumes.ts';
import { auditCommand } from './audit.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion.ts';
import { explainCommand } from './explain.ts';
import { runCommand, rerunCommand, watchCommand } from './run.ts';
import { logsCommand } from './logs.ts';
import { approveCommand, cancelCommand, runsCommand, viewCommand } from './runs.ts';
import { loginCommand, logoutCommand, statusCommand } from './login.ts';
import { settingsCommand } from './repository-settings.ts';
import { secretListCommand, secretRemoveCommand, secretSetCommand } from './secret.ts';
import { setupRepoCommand } from './setup-repo.ts';
import { unregisterCommand } from './unregister.ts';
import { tokenListCommand, tokenMakeCommand, tokenRevokeCommand } from './token.ts';

/** Every command of `yb`, in the order of the help. */
export const commands: readonly Command[] = [
  loginCommand,
  logoutCommand,
  statusCommand,
  tokenMakeCommand,
  tokenListCommand,
  tokenRevokeCommand,
  runsCommand,
  runCommand,
  watchCommand,
  viewCommand,
  logsCommand,
  cancelCommand,
  approveCommand,
  rerunCommand,
  openCommand,
  testsCommand,
  volumesCommand,
  hookCommand,
  badgeCommand,
  setupRepoCommand,
  unregisterCommand,
  settingsCommand,
  auditCommand,
  secretSetCommand,
  secretListCommand,
  secretRemoveCommand,
  explainCommand,
  apiCommand,
  completionCommand(() => commands),
];
