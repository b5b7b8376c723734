/** One line of the palette, and how well it fits what was typed. */

import type { NavigateFn } from '@tanstack/react-router';
import type { IconName } from '~/ui/Icon';

export interface Entry {
  id: string;
  group:
    | 'Recent' | 'Go to' | 'Actions' | 'Time zones' | 'Views' | 'Workflows' | 'Repositories' | 'People' | 'Branches'
    | 'Runs' | 'Logs';
  label: string;
  note?: string;
  /** Other words by which somebody may look for it. */
  words?: string;
  icon: IconName;
  keys?: string;
  /** Where it leads, for those that lead somewhere. */
  href?: string;
  /** What to type next: choosing it keeps the palette open. */
  leadsTo?: string;
  run: () => void;
}

/** What entries act with. */
export interface Tools {
  navigate: NavigateFn;
  zone: string;
  paused: boolean;
  pause: (paused: boolean) => void;
  refresh: () => void;
  acknowledgeTop: () => void;
}

/** The fit of a name of which a word begins with what was typed. */
export const wordStart = 3;

/**
 * How well a name fits what was typed; 0 is not at all. Letters may be left out where a word ends:
 * `setret` is `Settings: retention`.
 */
export function fit(label: string, text: string): number {
  const name = label.toLowerCase();
  const wanted = text.toLowerCase().trim();
  if (wanted === '') return 1;
  const at = name.indexOf(wanted);
  if (at === 0) return 4;
  if (at > 0) return isWordStart(name, at) ? wordStart : 2;
  return isAbbreviation(wanted.replaceAll(' ', ''), name, 0) ? 1 : 0;
}

/** The fit of an entry: of its name, or less of one of its other words. */
export function fitOf({ label, words = '' }: Entry, text: string): number {
  const byName = fit(label, text);
  return byName > 1 || words === '' ? byName : Math.max(byName, Math.min(1.5, fit(words, text)));
}

function isWordStart(name: string, at: number): boolean {
  return at === 0 || /[\s/_:·.-]/.test(name[at - 1] ?? '');
}

function isAbbreviation(letters: string, name: string, from: number): boolean {
  if (letters === '') return true;
  for (let at = from; at < name.length; at += 1) {
    if (!isWordStart(name, at) || name[at] !== letters[0]) continue;
    for (let length = letters.length; length > 0; length -= 1) {
      if (!name.startsWith(letters.slice(0, length), at)) continue;
      if (isAbbreviation(letters.slice(length), name, at + length)) return true;
    }
  }
  return false;
}
