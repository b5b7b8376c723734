/** What was chosen in the palette last. */

const key = 'pulseboard-recent';
const kept = 5;

/** The ids of the last choices, newest first. */
export function recentChoices(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(stored) ? stored.map(String) : [];
  } catch {
    return [];
  }
}

/** Put a choice in front. Runs are left out: tomorrow's are others. */
export function rememberChoice(id: string): void {
  if (id.startsWith('run ')) return;
  try {
    const after = [id, ...recentChoices().filter((one) => one !== id)].slice(0, kept);
    localStorage.setItem(key, JSON.stringify(after));
  } catch {
    // Without storage nothing is remembered, and nothing is lost.
  }
}
