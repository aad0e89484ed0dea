/** Shows the copy buttons (also those that come later) and lets them copy. */
export function copyOnClick(): void {
  // Browsers copy on https and on this machine alone.
  if (!('clipboard' in navigator)) return;
  showCopyButtons(document);
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
    if (button !== null) void copy(button);
  });
}

export function showCopyButtons(root: ParentNode): void {
  if (!('clipboard' in navigator)) return;
  for (const button of root.querySelectorAll<HTMLElement>('[data-copy]')) button.hidden = false;
}

async function copy(button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(button.dataset['copy'] ?? '');
  } catch {
    return;
  }
  button.classList.add('done');
  const label = button.getAttribute('aria-label') ?? '';
  button.setAttribute('aria-label', 'Copied');
  setTimeout(() => {
    button.classList.remove('done');
    button.setAttribute('aria-label', label);
  }, 1500);
}
