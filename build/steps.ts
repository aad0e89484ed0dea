import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** One program whose exit code says whether something is as it should be. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** A command that must be on the PATH; without it the step is skipped, and says so. */
  readonly needs?: string;
}

export interface StepResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly milliseconds: number;
  /** What the program printed, or why it was skipped. */
  readonly output: string;
}

export interface Place {
  readonly root: string;
  readonly path: string;
}

/** Runs one step to its end. Never throws: a program that cannot be started has failed. */
export async function runStep(step: Step, place: Place): Promise<StepResult> {
  const started = performance.now();
  const result = (outcome: StepResult['outcome'], output: string): StepResult => ({
    name: step.name,
    outcome,
    milliseconds: Math.round(performance.now() - started),
    output,
  });
  if (step.needs !== undefined && !(await onPath(step.needs, place.path))) {
    return result('skipped', `${step.needs} is not on the PATH`);
  }
  const [command, ...parameters] = step.command;
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(command, parameters, { cwd: place.root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => {
      resolve(result('failed', `${command} could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      resolve(result(code === 0 ? 'passed' : 'failed', Buffer.concat(chunks).toString('utf8')));
    });
  });
}

/** Runs steps side by side, as many at once as `atOnce`, and tells of each as it ends. */
export async function runSteps(
  steps: readonly Step[],
  options: Place & { readonly atOnce: number; readonly tell: (result: StepResult) => void },
): Promise<readonly StepResult[]> {
  const waiting = [...steps];
  const results: StepResult[] = [];
  const work = async (): Promise<void> => {
    const step = waiting.shift();
    if (step === undefined) return;
    const result = await runStep(step, options);
    results.push(result);
    options.tell(result);
    await work();
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return results;
}

export function describeStep({ name, outcome, milliseconds, output }: StepResult): string {
  const words = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;
  const line = `${words[outcome].padEnd(8)}${name.padEnd(16)}${String(milliseconds).padStart(7)} ms`;
  if (outcome === 'skipped') return `${line}  ${output}\n`;
  return outcome === 'failed' ? `${line}\n${output.trimEnd()}\n` : `${line}\n`;
}

async function onPath(command: string, path: string): Promise<boolean> {
  const found = await Promise.all(
    path.split(delimiter).map(async (folder) => {
      try {
        await access(join(folder, command), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
  return found.includes(true);
}
