import { SaxesParser } from 'saxes';

/** A failing case out of a JUnit-style `test.xml`. */
export interface FailedCase {
  readonly name: string;
  readonly message: string;
}

const maxCases = 20;
const maxText = 600;
/** Of the text that is kept of one failure while it is read. */
const maxKept = 16 * 1024;
/** What some writers say of every failure, so that it says nothing: the words stand in the element. */
const emptyMessages = new Set(['', 'Failed']);

/** What a failure or an error belongs to: a case, or a whole suite. */
interface Subject {
  readonly name: string;
  failed: boolean;
}

interface Failure {
  readonly subject: Subject;
  readonly message: string;
  text: string;
  /** Elements that are open inside of it. */
  depth: number;
}

/**
 * The failing cases of a test.xml, and suites that failed as a whole. The file was written by the tests: it may be cut off, not XML
 * at all, or made to hurt. It is read as a stream, in which mistakes are passed over; no entities are known but the predefined
 * ones, and nothing nested is kept.
 */
export function failedCases(xml: string): FailedCase[] {
  const found: FailedCase[] = [];
  const suites: Subject[] = [];
  const state: { testcase: Subject | null; failure: Failure | null } = { testcase: null, failure: null };
  const parser = new SaxesParser<{ fragment: true; xmlns: false }>({ fragment: true, xmlns: false });

  const close = ({ subject, message, text }: Failure): void => {
    subject.failed = true;
    state.failure = null;
    if (found.length >= maxCases) return;
    const words = emptyMessages.has(message.trim()) && text.trim() !== '' ? text : message;
    found.push({ name: shortened(subject.name), message: shortened(words) });
  };
  const keep = (text: string): void => {
    const { failure } = state;
    if (failure !== null && failure.text.length < maxKept) failure.text += text.slice(0, maxKept);
  };

  // Whatever is wrong, what follows may still be readable.
  parser.on('error', () => undefined);
  parser.on('text', keep);
  parser.on('cdata', keep);
  parser.on('opentag', ({ name, attributes }) => {
    if (state.failure !== null) state.failure.depth += 1;
    else if (name === 'testsuite') suites.push({ name: attributes['name'] ?? 'unnamed', failed: false });
    else if (name === 'testcase') state.testcase = { name: caseName(attributes), failed: false };
    else if (name === 'failure' || name === 'error') {
      const subject = state.testcase ?? suites.at(-1);
      if (subject === undefined || subject.failed) return;
      state.failure = { subject, message: attributes['message'] ?? '', text: '', depth: 0 };
    }
  });
  parser.on('closetag', ({ name }) => {
    const { failure } = state;
    if (failure !== null && failure.depth > 0) failure.depth -= 1;
    else if (failure !== null) close(failure);
    else if (name === 'testcase') state.testcase = null;
    else if (name === 'testsuite') suites.pop();
  });

  try {
    parser.write(xml.toWellFormed());
    parser.close();
  } catch {
    // Too broken to go on: what was found before counts.
  }
  // The file breaks off in the middle of its words.
  if (state.failure !== null) close(state.failure);
  return found;
}

function caseName({ name = 'unnamed', classname = '' }: Readonly<Record<string, string>>): string {
  return classname === '' || name.startsWith(classname) ? name : `${classname}.${name}`;
}

function shortened(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > maxText ? `${trimmed.slice(0, maxText)}…`.toWellFormed() : trimmed;
}
