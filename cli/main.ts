import { resolve } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import type { Environment } from '../shared/config.ts';
import { publicMessage } from '../shared/errors.ts';
import { alike } from './alike.ts';
import { type Command, CommandError, exitCodes, type Io, parseArguments, usageError } from './command.ts';
import { commandHelp, overview } from './help.ts';
import { readCliSettings } from './settings.ts';

/** What the process hands to {@link runCommandLine}. */
export interface CommandLine {
  /** What was typed after `yb`. */
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** The folder of the process. */
  readonly cwd: string;
  readonly io: Omit<Io, 'color'> & { readonly stdoutIsTTY: boolean };
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
}

/** Runs one command line and resolves to its exit code. Never rejects: an error is told on stderr. */
export async function runCommandLine(line: CommandLine, commands: readonly Command[]): Promise<number> {
  try {
    const code = await dispatch(line, commands);
    return line.signal.aborted ? exitCodes.interrupted : code;
  } catch (error) {
    if (line.signal.aborted) {
      line.io.stderr.write('\nInterrupted.\n');
      return exitCodes.interrupted;
    }
    line.io.stderr.write(describeError(error));
    return error instanceof CommandError ? error.exitCode : exitCodes.failed;
  }
}

async function dispatch(line: CommandLine, commands: readonly Command[]): Promise<number> {
  const [word, ...rest] = line.argv;
  const { stdout, stderr } = line.io;
  if (word === undefined) {
    stderr.write(overview(commands));
    return exitCodes.usage;
  }
  if (word === '--version' || word === '-V' || word === 'version') {
    stdout.write(`yb ${packageJson.version}\n`);
    return exitCodes.ok;
  }
  if (word === '--help' || word === '-h' || word === 'help') {
    const [topic] = rest;
    stdout.write(topic === undefined ? overview(commands) : commandHelp(find(commands, topic, rest[1])));
    return exitCodes.ok;
  }
  if (word.startsWith('-')) throw usageError(`unknown option ${word}`, 'yb --help', 'The command comes first.');
  const command = find(commands, word, rest[0]);
  const words = command.name.split(' ').length;
  const { args, help } = parseArguments(command, line.argv.slice(words));
  if (help) {
    stdout.write(commandHelp(command));
    return exitCodes.ok;
  }
  const env = readCliSettings(line.environment);
  const { stdoutIsTTY, ...io } = line.io;
  return await command.run({
    args,
    env,
    cwd: env.folder === undefined ? line.cwd : resolve(line.cwd, env.folder),
    io: { ...io, color: stdoutIsTTY && env.color },
    clock: line.clock,
    random: line.random,
    fetch: line.fetch,
    signal: line.signal,
    environment: line.environment,
  });
}

/** Some commands have two words. */
function find(commands: readonly Command[], word: string, next: string | undefined): Command {
  const command = commands.find(({ name }) => name === word || name === `${word} ${next ?? ''}`);
  if (command !== undefined) return command;
  const longer = commands.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => `yb ${name}`);
  if (longer.length > 0)
    throw usageError(`${word} needs a second word`, `yb --help`, `There are: ${longer.join(', ')}.`);
  const names = commands.map(({ name }) => name);
  const meant = alike(
    word,
    names.map((name) => name.split(' ')[0] ?? name),
  );
  throw meant === null
    ? usageError(`unknown command ${JSON.stringify(word)}`, 'yb --help', `The commands are: ${names.join(', ')}.`)
    : usageError(`unknown command ${JSON.stringify(word)}`, `yb ${meant} --help`, `Did you mean ${meant}?`);
}

function describeError(error: unknown): string {
  if (!(error instanceof CommandError)) return `yb: ${publicMessage(error)}\n`;
  const lines = [`yb: ${error.message}`];
  if (error.why !== undefined) lines.push(`    ${error.why}`);
  if (error.next !== undefined) lines.push(`    ${error.next}`);
  return `${lines.join('\n')}\n`;
}
