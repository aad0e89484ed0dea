import type { Command } from './command.ts';
import { explainCommand } from './explain.ts';
import { setupRepoCommand } from './setup-repo.ts';

/** Every command of `yb`, in the order of the help. */
export const commands: readonly Command[] = [setupRepoCommand, explainCommand];
