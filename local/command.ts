import { spawn } from 'node:child_process';
import { YbError } from '../shared/errors.ts';

/**
 * Runs a program to its end, without a terminal and without input. @returns what it printed
 * @throws YbError `internal` with the end of what it said, if it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => said.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return Buffer.concat(said).toString('utf8');
  const end = Buffer.concat([...said, ...errors])
    .toString('utf8')
    .trim()
    .slice(-2000);
  throw new YbError('internal', `${program} ${args.slice(0, 2).join(' ')} ended with ${code ?? 'a signal'}:\n${end}`);
}
