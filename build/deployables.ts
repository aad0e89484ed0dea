/** One thing that is built into a folder of its own: what the cloud, the runner's image or a laptop receives. */
export interface Deployable {
  readonly name: string;
  /** Below the output folder. */
  readonly folder: string;
  /** Sources for Node, each bundled into one file: file name to entry point. The first is what a host loads. */
  readonly programs: Readonly<Record<string, string>>;
  /** The oldest Node that runs the programs. */
  readonly node: '20' | '24';
  /** What the host runs once, when it has installed the dependencies. */
  readonly hostBuild?: string;
  /** Puts what is imported at run time into files of their own, below `chunks/`; otherwise each program is one file. */
  readonly splitting?: boolean;
  /** Sources for a browser, minified: file name to entry point. */
  readonly assets?: Readonly<Record<string, string>>;
  /** Taken as they are: file name to source. */
  readonly copies?: Readonly<Record<string, string>>;
  /** Left out of the bundles and named in the generated `package.json`, for the host to install. */
  readonly runtimeDependencies?: readonly string[];
  /** Makes the folder an npm package whose first program is this command, with nothing to install beside it. */
  readonly command?: string;
  /** File names that a person starts as a command. */
  readonly executables?: readonly string[];
}

/**
 * The Functions Framework keeps its registry in a module: a second, bundled copy would register a function where the
 * host does not look for it.
 */
const framework = '@google-cloud/functions-framework';

/** A function as Cloud Run functions takes it: a folder with a `package.json` whose `main` registers the function. */
function deployedFunction(name: string, more: Pick<Deployable, 'assets'> = {}): Deployable {
  return {
    name,
    folder: `functions/${name}`,
    programs: {
      'start.mjs': 'build/function/start.ts',
      'index.mjs': `functions/${name}/index.ts`,
      'rehearse.mjs': 'build/function/rehearse.ts',
    },
    copies: { 'rehearsal.env': 'build/function/rehearsal.env' },
    hostBuild: `node --env-file=rehearsal.env rehearse.mjs ${name}`,
    node: '24',
    splitting: true,
    runtimeDependencies: [framework],
    ...more,
  };
}

/** Everything that `npm run build` makes. */
export const deployables: readonly Deployable[] = [
  deployedFunction('webhook'),
  deployedFunction('scheduler'),
  deployedFunction('watcher'),
  deployedFunction('dashboard', {
    assets: {
      'assets/page.js': 'functions/dashboard/client/page.ts',
      'assets/page.css': 'functions/dashboard/style/page.css',
    },
  }),
  {
    name: 'runner',
    folder: 'runner',
    programs: {
      'checkout.mjs': 'runner/checkout.ts',
      'courier.mjs': 'runner/courier.ts',
      'clean.mjs': 'runner/clean.ts',
    },
    node: '24',
    copies: { 'build.sh': 'runner/build.sh' },
    executables: ['build.sh'],
  },
  {
    name: 'cli',
    folder: 'cli',
    programs: { 'yb.mjs': 'cli/yb.ts' },
    // It runs on people's own Node.
    node: '20',
    command: 'yb',
    copies: { LICENSE: 'LICENSE' },
    executables: ['yb.mjs'],
  },
];
