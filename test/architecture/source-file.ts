/** A file of the project: its path from the root, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What breaks a rule. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** Looks at all files at once and says what is wrong. Pure, so that it can be shown a project that breaks it. */
export type Rule = (files: readonly SourceFile[]) => readonly Finding[];

export function isTypeScript(file: SourceFile): boolean {
  return /\.tsx?$/.test(file.path);
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n');
}

/** The finding of each line that matches. */
export function matchingLines(
  file: SourceFile,
  matches: (line: string, index: number, lines: readonly string[]) => boolean,
  message: string,
): readonly Finding[] {
  const lines = linesOf(file.text);
  return lines.flatMap((line, index) =>
    matches(line, index, lines) ? [{ path: file.path, line: index + 1, message }] : [],
  );
}

export function describeFinding({ path, line, message }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${message}`;
}
