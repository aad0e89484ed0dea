import type { Headline } from '../words/headline.ts';
import { exact } from '../words/text.ts';
import { ago } from '../../../shared/time-words.ts';
import { CopyIcon, MarkIcon } from './icons.tsx';

/** A state: icon, word and colour together, never the colour alone. */
export function State({ of, short = false }: { readonly of: Headline; readonly short?: boolean }) {
  return (
    <span class={`state ${of.tone}`}>
      <MarkIcon mark={of.mark} />
      <span>{short ? of.word : of.words}</span>
    </span>
  );
}

/** When something was; the exact time on hover, and kept right by the page's script. */
export function When({ at, now }: { readonly at: Date; readonly now: Date }) {
  return (
    <time datetime={at.toISOString()} title={exact(at)}>
      {ago(at, now)}
    </time>
  );
}

/** Text to be copied. The button appears only where a script can copy. */
export function Copyable({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <button class="copy" type="button" hidden data-copy={text} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <CopyIcon />
    </button>
  );
}

/** A command that a person types, in a line of its own. */
export function Command({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div class="command">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
