import * as z from 'zod';

/**
 * The parts of Bazel's build events that are read, as proto3 JSON: a field with its default value is left out, 64-bit
 * integers are strings. Everything else, command lines and environments above all, is dropped by these schemas. A field
 * that is not as expected counts as absent, so that one odd field does not hide the rest of an event.
 */

const bounds = { label: 1_024, text: 200, message: 65_536, uri: 4_096, outputs: 100, children: 100_000 } as const;

function lenient<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().catch(undefined);
}

const Integer = z
  .union([z.int(), z.string().regex(/^-?\d{1,15}$/)])
  .transform(Number)
  .pipe(z.int());
const Label = z.string().min(1).max(bounds.label);
const Text = z.string().transform((text) => text.slice(0, bounds.text).toWellFormed());
const Message = z.string().transform((text) => text.slice(0, bounds.message).toWellFormed());
/** Absent and zero are both "not told", for counts that begin at one. */
const Ordinal = Integer.pipe(z.int().min(1).max(1_000_000)).optional().catch(undefined);
/** `1.234s` */
const Duration = z
  .string()
  .max(40)
  .regex(/^\d+(\.\d+)?s$/)
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 1_000))
  .pipe(z.int().min(0));
const Milliseconds = Integer.pipe(z.int().min(0));
/** A status that is no name and no number is one that nobody knows: absent means something else. */
const Status = z.union([z.string(), z.number()]).nullish().catch('unreadable');

const ExitCode = Integer.pipe(z.int().min(-255).max(0xffff_ffff));

const Configuration = z.object({ id: lenient(z.string().max(bounds.text)) });
const Labelled = z.object({ label: Label, configuration: lenient(Configuration), aspect: lenient(Text) });
const TestResultId = z.object({
  label: Label,
  run: Ordinal,
  shard: Ordinal,
  attempt: Ordinal,
  configuration: lenient(Configuration),
});

const Id = z.object({
  started: lenient(z.object({})),
  pattern: lenient(z.object({ pattern: lenient(z.array(z.string())) })),
  targetConfigured: lenient(Labelled),
  targetCompleted: lenient(Labelled),
  unconfiguredLabel: lenient(Labelled),
  configuredLabel: lenient(Labelled),
  actionCompleted: lenient(z.object({ label: lenient(Label) })),
  testResult: lenient(TestResultId),
  testSummary: lenient(Labelled),
  targetSummary: lenient(Labelled),
  buildFinished: lenient(z.object({})),
});

const Child = z.object({
  testResult: lenient(TestResultId),
  unconfiguredLabel: lenient(Labelled),
  configuredLabel: lenient(Labelled),
});
const FailureDetail = z.object({
  message: lenient(Message),
  spawn: lenient(z.object({ spawnExitCode: lenient(Integer) })),
});
const File = z.object({ uri: lenient(z.string().max(bounds.uri)) });
const Output = File.extend({ name: z.string().max(bounds.text) });

export const BuildEvent = z.object({
  id: Id,
  children: lenient(z.array(Child.catch({})).max(bounds.children)),
  lastMessage: lenient(z.boolean()),
  aborted: lenient(z.object({ reason: lenient(Text), description: lenient(Message) })),
  started: lenient(z.object({ uuid: lenient(Text), buildToolVersion: lenient(Text) })),
  configured: lenient(z.object({ targetKind: lenient(Text), testSize: lenient(Text) })),
  completed: lenient(z.object({ success: lenient(z.boolean()), failureDetail: lenient(FailureDetail) })),
  action: lenient(
    z.object({
      success: lenient(z.boolean()),
      type: lenient(Text),
      exitCode: lenient(Integer),
      label: lenient(Label),
      failureDetail: lenient(FailureDetail),
      stdout: lenient(File),
      stderr: lenient(File),
    }),
  ),
  testResult: lenient(
    z.object({
      status: Status,
      cachedLocally: lenient(z.boolean()),
      testAttemptDuration: lenient(Duration),
      testAttemptDurationMillis: lenient(Milliseconds),
      testAttemptStart: lenient(z.iso.datetime({ offset: true })),
      testAttemptStartMillisEpoch: lenient(Milliseconds),
      executionInfo: lenient(z.object({ strategy: lenient(Text), cachedRemotely: lenient(z.boolean()) })),
      testActionOutput: lenient(z.array(Output.catch({ name: '', uri: undefined })).max(bounds.outputs)),
    }),
  ),
  testSummary: lenient(
    z.object({
      overallStatus: Status,
      runCount: Ordinal,
      shardCount: Ordinal,
      attemptCount: Ordinal,
      totalRunCount: Ordinal,
      totalNumCached: Ordinal,
      totalRunDuration: lenient(Duration),
      totalRunDurationMillis: lenient(Milliseconds),
      passed: lenient(z.array(z.unknown())),
      failed: lenient(z.array(z.unknown())),
    }),
  ),
  /** Of newer Bazels, where they are asked for it. */
  targetSummary: lenient(z.object({ overallTestStatus: Status })),
  finished: lenient(
    z.object({
      overallSuccess: lenient(z.boolean()),
      failureDetail: lenient(FailureDetail),
      // Absent, the code is zero: one that cannot be read must not look like that.
      exitCode: lenient(z.object({ name: lenient(Text), code: ExitCode.optional().catch(Number.NaN) })),
    }),
  ),
});
export type BuildEvent = z.output<typeof BuildEvent>;
export type TestResultId = z.output<typeof TestResultId>;
export type TestResultEvent = NonNullable<BuildEvent['testResult']>;
export type TestSummaryEvent = NonNullable<BuildEvent['testSummary']>;
export type Aborted = NonNullable<BuildEvent['aborted']>;

/**
 * Events that say nothing of what is kept: they are recognised by their first characters, without reading the console
 * log, the command lines and the environments that are in them.
 */
const passedOver =
  /^\{"id":\{"(progress|namedSet|structuredCommandLine|unstructuredCommandLine|optionsParsed|configuration|workspace|workspaceStatus|workspaceInfo|buildMetadata|buildToolLogs|buildMetrics|convenienceSymlinksIdentified|fetch|execRequest)":/;
/** Inside of a JSON string its quotes would be escaped, so this is the field and nothing else. */
const lastMessage = '"lastMessage":true';

/** The event in a line of the file; null if it is none or beyond the limits. */
export function readEvent(
  text: string,
  limits: { readonly line: number; readonly depth: number },
): BuildEvent | 'of no interest' | null {
  // Some editors put a mark in front of a file.
  const line = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (line.length > limits.line) return null;
  if (passedOver.test(line) && !line.includes(lastMessage)) return 'of no interest';
  if (!isWithinDepth(line, limits.depth)) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  const event = BuildEvent.safeParse(value);
  return event.success ? event.data : null;
}

function isWithinDepth(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (inString) {
      if (character === 0x5c) at += 1;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      depth += 1;
      if (depth > limit) return false;
    } else if (character === 0x7d || character === 0x5d) depth -= 1;
  }
  return true;
}
