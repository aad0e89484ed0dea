import type { JSX } from 'hono/jsx/jsx-runtime';
import type { BranchHealth } from '../models/repository.ts';
import { headline } from '../words/headline.ts';

/** White on each of them has a contrast of 4.5 : 1 at least. */
const colours = { green: '#1a7f37', red: '#b42318', none: '#57606a' } as const;

/** About as wide as a letter of eleven pixels is on the average. */
const letter = 6.6;
const padding = 12;

function widthOf(text: string): number {
  return Math.round(text.length * letter) + padding;
}

/** How a branch stands, as a picture for a README. */
export function Badge({ health }: { readonly health: BranchHealth | null }): JSX.Element {
  const name = 'yb';
  const words = health === null ? 'no runs' : headline(health.last).word.toLowerCase();
  const [left, right] = [widthOf(name), widthOf(words)];
  const colour = colours[health?.colour ?? 'none'];
  const label = `${name}: ${words}`;
  return (
    <svg xmlns="http://www.w3.org/2000/svg" width={left + right} height="20" role="img" aria-label={label}>
      <title>{label}</title>
      <clipPath id="round">
        <rect width={left + right} height="20" rx="3" />
      </clipPath>
      <g clip-path="url(#round)">
        <rect width={left} height="20" fill="#24292f" />
        <rect x={left} width={right} height="20" fill={colour} />
      </g>
      <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
        <text x={left / 2} y="14">
          {name}
        </text>
        <text x={left + right / 2} y="14">
          {words}
        </text>
      </g>
    </svg>
  );
}
