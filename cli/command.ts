import { type ParseArgsConfig, parseArgs } from 'node:util';
import { alike } from './alike.ts';
import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import type { Environment } from '../shared/config.ts';
import { type ErrorCode, YbError } from '../shared/errors.ts';
import type { CliSettings } from './settings.ts';

/** One word after `yb`. */
export interface Command {
  readonly name: string;
  /** What it is for, in one line of the command list. */
  readonly summary: string;
  /** The line to type, without `yb`: `setup-repo URL [options]`. */
  readonly usage: string;
  /** What else the command's help says: paragraphs of at most 75 columns. */
  readonly description?: string;
  /** Whole lines that can be typed. */
  readonly examples: readonly string[];
  /** The operands, all of them required, in order. None if left out. */
  readonly operands?: readonly string[];
  /** One that may follow them. */
  readonly optional?: string;
  /** By long name, without the dashes. */
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Does the work and resolves to the exit code. What it throws is printed as an error of at most three lines. */
  run(context: CommandContext): Promise<number>;
}

/** Of commands that show what a server says. */
export const jsonOption: CommandOption = { type: 'boolean', summary: 'what the API answers' };

export interface CommandOption {
  readonly type: 'boolean' | 'string';
  /** What stands for the value in the help: `FILE`. */
  readonly value?: string;
  readonly short?: string;
  readonly summary: string;
}

/** All that a command may touch, so that a test can hand in each part. */
export interface CommandContext {
  readonly args: Arguments;
  readonly env: CliSettings;
  /** The folder the person is in. */
  readonly cwd: string;
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: typeof globalThis.fetch;
  /** Aborted when the person interrupts. The exit code is 130 then, whatever the command answers. */
  readonly signal: AbortSignal;
  /** What programs that the command starts inherit. Settings are in `env`. */
  readonly environment: Environment;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream;
  /** Whether a person answers on stdin. */
  readonly isTTY: boolean;
  /** Whether stdout may be coloured. */
  readonly color: boolean;
}

export interface Output {
  write(text: string | Uint8Array): unknown;
  /** Nobody reads any more. */
  readonly destroyed?: boolean;
}

/** What was typed after the command's name, checked against its options and operands. */
export interface Arguments {
  readonly operands: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
}

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** A failure told in at most three lines: what happened (the message), why, and what to do next. */
export class CommandError extends YbError {
  readonly why: string | undefined;
  readonly next: string | undefined;
  readonly exitCode: number;

  constructor(
    code: ErrorCode,
    told: { readonly what: string; readonly why?: string; readonly next?: string },
    options: { readonly exitCode?: number; readonly cause?: unknown } = {},
  ) {
    super(code, told.what, { cause: options.cause });
    this.why = told.why;
    this.next = told.next;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** An error of the one who typed: exit code 2. `type` is the command line that helps. */
export function usageError(what: string, type: string, why?: string): CommandError {
  return new CommandError(
    'bad-request',
    { what, next: `Type: ${type}`, ...(why === undefined ? {} : { why }) },
    { exitCode: exitCodes.usage },
  );
}

export interface ParsedArguments {
  readonly args: Arguments;
  readonly help: boolean;
}

/** Reads what follows the command's name. @throws CommandError with exit code 2 */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  const next = `yb ${command.name} --help`;
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { type, short }] of Object.entries(command.options)) {
    options[name] = { type, ...(short === undefined ? {} : { short }) };
  }
  // Not strict, because strict parsing tells what is wrong in the text of an error only.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const flags = new Set<string>();
  const texts = new Map<string, string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      const meant = alike(token.name, Object.keys(options));
      throw usageError(
        `unknown option ${token.rawName}`,
        next,
        meant === null ? undefined : `Did you mean --${meant}?`,
      );
    }
    if (option.type === 'boolean') {
      if (token.value !== undefined) throw usageError(`${token.rawName} takes no value`, next);
      flags.add(token.name);
    } else {
      const dashed = token.inlineValue !== true && token.value?.startsWith('-') === true && token.value !== '-';
      if (token.value === undefined || token.value === '' || dashed) {
        throw usageError(`${token.rawName} needs a value`, next);
      }
      texts.set(token.name, token.value);
    }
  }
  const args: Arguments = { operands, flag: (name) => flags.has(name), text: (name) => texts.get(name) };
  const help = flags.has('help');
  if (!help) checkOperands(command, operands, next);
  return { args, help };
}

function checkOperands(command: Command, operands: readonly string[], next: string): void {
  const wanted = command.operands ?? [];
  const missing = wanted[operands.length];
  if (missing !== undefined) throw usageError(`${command.name} needs ${missing}`, next, `Usage: yb ${command.usage}`);
  const extra = operands[wanted.length + (command.optional === undefined ? 0 : 1)];
  if (extra !== undefined) {
    throw usageError(`${command.name} does not take ${JSON.stringify(extra)}`, next, `Usage: yb ${command.usage}`);
  }
}
