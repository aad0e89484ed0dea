import type { Child } from 'hono/jsx';
import type { Mark } from '../words/headline.ts';

/** One stroke width, one size; never without words beside it, so hidden from screen readers. */
function Icon(properties: { readonly children: Child; readonly class?: string }) {
  return (
    <svg
      class={`icon ${properties.class ?? ''}`.trim()}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {properties.children}
    </svg>
  );
}

export function MarkIcon({ mark }: { readonly mark: Mark }) {
  switch (mark) {
    case 'passed':
      return (
        <Icon>
          <circle cx="8" cy="8" r="6.4" />
          <path d="m5.2 8.2 2 2 3.7-4.2" />
        </Icon>
      );
    case 'failed':
      return (
        <Icon>
          <circle cx="8" cy="8" r="6.4" />
          <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" />
        </Icon>
      );
    case 'warning':
      return (
        <Icon>
          <path d="M8 2 1.6 13.4h12.8z" />
          <path d="M8 6.4v3.2m0 1.9v.1" />
        </Icon>
      );
    case 'running':
      return (
        <Icon class="turning">
          <circle cx="8" cy="8" r="6.4" class="faint" />
          <path d="M8 1.6A6.4 6.4 0 0 1 14.4 8" />
        </Icon>
      );
    case 'waiting':
      return (
        <Icon>
          <circle cx="8" cy="8" r="6.4" />
          <path d="M8 4.4V8l2.4 1.6" />
        </Icon>
      );
    case 'stopped':
      return (
        <Icon>
          <circle cx="8" cy="8" r="6.4" />
          <path d="M5 8h6" />
        </Icon>
      );
  }
}

export function BranchIcon() {
  return (
    <Icon>
      <circle cx="4.4" cy="3.6" r="1.7" />
      <circle cx="4.4" cy="12.4" r="1.7" />
      <circle cx="11.6" cy="5" r="1.7" />
      <path d="M4.4 5.3v5.4M11.6 6.7c0 2.6-3 2.6-6 3.4" />
    </Icon>
  );
}

export function CopyIcon() {
  return (
    <Icon>
      <rect x="5.6" y="5.6" width="8" height="8" rx="1.4" />
      <path d="M10.4 5.6V3.8a1.4 1.4 0 0 0-1.4-1.4H3.8a1.4 1.4 0 0 0-1.4 1.4V9a1.4 1.4 0 0 0 1.4 1.4h1.8" />
    </Icon>
  );
}

export function AgainIcon() {
  return (
    <Icon>
      <path d="M13.4 8A5.4 5.4 0 1 1 11.6 4l1.8 1.6" />
      <path d="M13.6 2.4v3.4h-3.4" />
    </Icon>
  );
}

export function AllowIcon() {
  return (
    <Icon>
      <path d="m3.4 8.6 3 3 6.2-7" />
    </Icon>
  );
}

export function StopIcon() {
  return (
    <Icon>
      <rect x="3.6" y="3.6" width="8.8" height="8.8" rx="1.4" />
    </Icon>
  );
}

export function OpenIcon() {
  return (
    <Icon>
      <path d="M9.4 2.6h4v4M13.2 2.8 7.4 8.6M11.6 9v3.4a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1H7" />
    </Icon>
  );
}

export function MoreIcon() {
  return (
    <Icon class="more">
      <path d="m5.8 3.6 4.4 4.4-4.4 4.4" />
    </Icon>
  );
}

export function EndIcon() {
  return (
    <Icon>
      <path d="M8 2.6v8.2m-3.6-3.4L8 11l3.6-3.6M3.4 13.6h9.2" />
    </Icon>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="7" cy="7" r="4.4" />
      <path d="m10.4 10.4 3.2 3.2" />
    </Icon>
  );
}
