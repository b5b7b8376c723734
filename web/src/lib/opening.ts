/** Where a click on what is no link opens what it stands for. */

interface Click {
  button: number;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** A new tab for Ctrl, Command or the middle button, as with links; null for other buttons. */
export function howToOpen({ button, ctrlKey, metaKey }: Click): 'here' | 'in a tab' | null {
  if (button > 1) return null;
  return button === 1 || ctrlKey || metaKey ? 'in a tab' : 'here';
}

/** Open an address of the dashboard in a tab of its own. */
export function openTab(address: string): void {
  window.open(address, '_blank', 'noopener');
}
