import { type Command, exitCodes, usageError } from './command.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** The command that prints what a shell completes `yb` with. @param commands all of `yb`, this one too */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'print what bash, zsh or fish completes yb with',
    usage: 'completion SHELL',
    description: [
      'For bash, in ~/.bashrc:                 eval "$(yb completion bash)"',
      'For zsh, in ~/.zshrc after compinit:    eval "$(yb completion zsh)"',
      'For fish: yb completion fish > ~/.config/fish/completions/yb.fish',
    ].join('\n'),
    examples: ['yb completion bash'],
    operands: ['SHELL'],
    options: {},
    run: async ({ args, io }) => {
      const shell = shells.find((one) => one === args.operands[0]);
      if (shell === undefined)
        throw usageError(
          `there is no completion for ${JSON.stringify(args.operands[0])}`,
          `yb completion ${shells[0]}`,
        );
      io.stdout.write(scripts[shell](wordsAfter(commands())));
      return await Promise.resolve(exitCodes.ok);
    },
  };
}

/** What may follow which words, `*` for any after them: commands first, then the second words of some, then options. */
type Following = readonly { readonly after: string; readonly rest: '' | '*'; readonly words: readonly string[] }[];

function wordsAfter(commands: readonly Command[]): Following {
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))];
  const seconds = firsts.flatMap((first) => {
    const words = commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []));
    return words.length === 0 ? [] : [{ after: first, rest: '' as const, words }];
  });
  const options = commands.map(({ name, options: own }) => ({
    after: name,
    rest: '*' as const,
    words: [...Object.keys(own).map((option) => `--${option}`), '--help'],
  }));
  return [{ after: '', rest: '', words: [...firsts, '--help', '--version'] }, ...seconds, ...options];
}

/** For bash and zsh: sets `found` by what was `typed` before, with a blank after each word. None of them needs quoting. */
function choice(following: Following): string[] {
  return [
    '  case "$typed " in',
    ...following.map(({ after, rest, words }) => `    '${after} '${rest}) found="${words.join(' ')}" ;;`),
    '  esac',
  ];
}

const scripts: Readonly<Record<Shell, (following: Following) => string>> = {
  bash: (following) =>
    [
      '_yb() {',
      '  local typed="${COMP_WORDS[*]:1:COMP_CWORD-1}" found=""',
      ...choice(following),
      '  COMPREPLY=($(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}"))',
      '}',
      'complete -o default -F _yb yb',
      '',
    ].join('\n'),
  zsh: (following) =>
    [
      '_yb() {',
      '  local typed="${(j: :)words[2,CURRENT-1]}" found=""',
      ...choice(following),
      '  compadd -- ${=found} || _files',
      '}',
      'compdef _yb yb',
      '',
    ].join('\n'),
  fish: (following) =>
    [
      'function __yb_follows',
      '  set -l typed (commandline -opc)[2..]',
      '  string match --quiet -- $argv[1] "$typed "',
      'end',
      ...following.map(({ after, rest, words }) => {
        const alone = rest === '' ? '-f ' : '';
        return `complete -c yb -n "__yb_follows '${after} ${rest}'" ${alone}-a "${words.join(' ')}"`;
      }),
      '',
    ].join('\n'),
};
