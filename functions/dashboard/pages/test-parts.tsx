import { testLogLink, testLogNumber } from '../../../shared/links.ts';
import type { FailedCase } from '../log/test-xml.ts';
import { OpenIcon } from './icons.tsx';

/** The failing cases of a test's XML. */
export function Cases({ cases }: { readonly cases: readonly FailedCase[] }) {
  return (
    <ul class="cases">
      {cases.map(({ name, message }) => (
        <li>
          <code>{name}</code>
          {message === '' ? null : <span>{message}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Leads to the whole log of a test of an attempt, if it was kept. */
export function TestLogLink(properties: {
  readonly runId: string;
  readonly attempt: number;
  /** The object below the attempt. */
  readonly log: string | null;
  /** Whose log it is, where there are several such links. */
  readonly of: string;
}) {
  const { runId, attempt, log, of } = properties;
  const number = testLogNumber(log);
  if (number === null) return null;
  return (
    <a href={testLogLink(runId, attempt, number)}>
      <OpenIcon /> Its whole log<span class="hidden"> ({of})</span>
    </a>
  );
}
