import { type Clone, findPlace, openClone } from './clone.ts';
import { type Command, type CommandContext, exitCodes } from './command.ts';
import type { Connection } from './connect.ts';
import { chooseCredential } from './credential.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { createGit, type Git, type Remote } from './git.ts';
import { createGitHub, type GitHub, type Repository } from './github.ts';
import { parseRepositoryUrl } from './repository-url.ts';
import { createServer } from './server.ts';
import { setUpHook } from './setup-hook.ts';
import { requireToken } from './login.ts';
import { checkTarget, requireGitHubToken, requireServer } from './target.ts';
import { commitAndPush, inspectWorkspace, prepareWorkTree } from './workspace.ts';

/** What a step of the setup came to. */
export interface StepResult {
  readonly changed: boolean;
  /** What was declined, for the summary. */
  readonly undone: readonly string[];
}

export const setupRepoCommand: Command = {
  name: 'setup-repo',
  summary: 'set up a GitHub repository to be built and tested by yb',
  usage: 'setup-repo URL [options]',
  description: [
    'Clones the repository into the current folder (or uses the clone that is',
    'there), offers to add the Bazel files it lacks, and offers to add the hook',
    'by which GitHub tells yb of pushes. Asks before it changes anything; where',
    'all is in place it changes nothing.',
    '',
    'Sign in first: yb login. GITHUB_TOKEN is to be the token of an administrator',
    'of the repository: GitHub is asked with it, and nobody else is shown it.',
    'When you are away, yb reaches the repository as its own GitHub App; where that',
    'is not installed, by a token that you make for this and give by',
    '--credential-token-file or YB_CREDENTIAL_TOKEN (contents: read, commit',
    'statuses: write).',
    '',
    'Exit code: 0 done, or declined; 1 failed; 2 wrong usage; 130 interrupted.',
  ].join('\n'),
  examples: [
    'yb setup-repo https://github.com/me/myproject',
    'yb setup-repo me/myproject --yes --credential-token-file ~/myproject.token',
  ],
  operands: ['URL'],
  options: {
    yes: { type: 'boolean', short: 'y', summary: 'answer every question by Y' },
    'credential-token-file': {
      type: 'string',
      value: 'FILE',
      summary: 'the token that yb is to keep',
    },
    'replace-credential': { type: 'boolean', summary: 'change by what yb reaches it' },
    'rotate-secret': { type: 'boolean', summary: 'give the hook a fresh secret' },
    'allow-broad-token': { type: 'boolean', summary: 'let yb keep a classic token' },
  },
  run: async (context) => {
    const dialogue = createDialogue({ io: context.io, signal: context.signal, yes: context.args.flag('yes') });
    try {
      await setUp(context, dialogue);
      return exitCodes.ok;
    } finally {
      dialogue.close();
    }
  },
};

/** Looks at everything before it changes anything; then the files, then the hook. */
async function setUp(context: CommandContext, dialogue: Dialogue): Promise<void> {
  const { args, env, cwd } = context;
  const typed = parseRepositoryUrl(args.operands[0] ?? '');
  const token = requireGitHubToken(env);
  const serverUrl = requireServer(env);
  const own = await requireToken(context, serverUrl);
  const githubAs = (as: string, tokenName: string): GitHub =>
    createGitHub({ ...context, apiUrl: env.githubApiUrl, token: as, tokenName });
  const github = githubAs(token, 'GITHUB_TOKEN');
  const server = createServer({ ...context, url: serverUrl, token: own.token, tokenName: own.name });

  const { repository } = await github.repository(typed.owner, typed.name);
  const names = checkTarget({ typed, repository, apiUrl: env.githubApiUrl });
  const { full_name: fullName, default_branch: branch } = repository;
  const info = await server.info();
  const registered = await server.repository(fullName);
  const wantsCredential = registered.credential === null || args.flag('replace-credential');
  const credential = wantsCredential
    ? await chooseCredential({
        cwd,
        file: args.text('credential-token-file'),
        variable: env.credentialToken,
        app: { installed: registered.app?.installed ?? false, installUrl: info.install },
        allowBroad: args.flag('allow-broad-token'),
        fullName,
        github: githubAs,
      })
    : null;

  const git = createGit(context);
  const remote = { url: repository.clone_url, token };
  const options = { git, cwd, remote, branch, names, folderName: repository.name };
  const place = await findPlace(options);
  dialogue.note(
    place.remoteName === null ? `Cloning repo into "${place.shown}"` : `Using the clone in "${place.shown}"`,
  );
  const clone = await openClone(options, place);

  const connection: Connection = { ...context, github, server, fullName };
  const steps = [
    await setUpWorkspace({ dialogue, git, clone, remote, repository, github }),
    await setUpHook({ dialogue, connection, info, registered, credential, rotate: args.flag('rotate-secret') }),
  ];
  summarise(dialogue, steps, { fullName, page: `${info.dashboard}/${fullName}` });
}

async function setUpWorkspace(options: {
  readonly dialogue: Dialogue;
  readonly git: Git;
  readonly clone: Clone;
  readonly remote: Remote;
  readonly repository: Repository;
  readonly github: GitHub;
}): Promise<StepResult> {
  const { dialogue, git, clone, repository, github } = options;
  dialogue.checking('Checking Bazel workspace');
  const { markers, missing } = await inspectWorkspace(git, clone, repository.name);
  const [first] = markers;
  if (first === undefined) dialogue.bad('missing');
  else dialogue.good(`found (${markers.join(', ')})`);
  if (missing.length === 0) return { changed: false, undone: [] };

  await prepareWorkTree(git, clone, missing);
  if (
    !(await dialogue.ask(
      ...filesQuestion(
        missing.map(({ path }) => path),
        first !== undefined,
      ),
    ))
  ) {
    return { changed: false, undone: ['the Bazel files'] };
  }
  const author = async (): Promise<{ name: string; email: string }> => {
    const { id, login, name } = await github.user();
    const { hostname } = new URL(repository.html_url);
    return { name: name ?? login, email: `${id}+${login}@users.noreply.${hostname}` };
  };
  const sha = await commitAndPush({ git, clone, remote: options.remote, files: missing, author });
  dialogue.say('Files added. Git change committed and pushed:', sha);
  return { changed: true, undone: [] };
}

const purposes: Readonly<Record<string, string>> = {
  'MODULE.bazel': 'Bazel 8 and newer need it',
  WORKSPACE: 'Bazel before 7 needs it',
  'BUILD.bazel': 'makes the root a package',
};

function filesQuestion(paths: readonly string[], isWorkspace: boolean): string[] {
  if (isWorkspace) {
    const files = paths.map((path) => `"${path}" (${purposes[path] ?? ''})`);
    return [
      'Would you like to add to your repository root, so that old and',
      'new versions of Bazel build your code alike:',
      ...files,
    ];
  }
  const quoted = paths.map((path) => `"${path}"`);
  const last = quoted.pop() ?? '';
  return [
    `Would you like to add ${quoted.length === 0 ? last : `${quoted.join(', ')} and`}`,
    `${quoted.length === 0 ? '' : `${last} `}to your repository root so you can`,
    'start building your code with Bazel?',
  ];
}

function summarise(
  dialogue: Dialogue,
  steps: readonly StepResult[],
  { fullName, page }: { readonly fullName: string; readonly page: string },
): void {
  const undone = steps.flatMap((step) => step.undone);
  if (undone.length > 0) {
    dialogue.say(`Left undone: ${undone.join(', ')}.`, `To do it, type: yb setup-repo ${fullName}`);
    return;
  }
  if (!steps.some(({ changed }) => changed)) dialogue.say('Everything was in place: nothing was changed.');
  dialogue.say('Repo setup done.', page);
}
