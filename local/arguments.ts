import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { YbError } from '../shared/errors.ts';

/**
 * The options of a program of this folder. `--help` is one of them everywhere: null is given back when it was asked for and
 * answered. @throws YbError `bad-request` that names what is not known
 */
export function readArguments<Options extends ParseArgsOptionsConfig>(program: {
  /** What `--help` prints. */
  readonly usage: string;
  readonly options: Options;
  readonly args?: string[];
}) {
  const { usage, options, args = process.argv.slice(2) } = program;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\n`);
    return null;
  }
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ', 1)[0] : undefined;
    throw new YbError('bad-request', `${why ?? 'Unknown option'}: see --help`, { cause: error });
  }
}
