/** The keys of the log viewer. */

import type { KeyboardEvent, RefObject } from 'react';
import { copyText } from '~/ui/CopyButton';
import { useKeys } from '~/lib/keys';
import type { Looks } from '~/features/logs/LogTools';
import type { ChosenLines } from '~/features/logs/useChosenLines';

interface LogKeys {
  searchBox: RefObject<HTMLInputElement | null>;
  /** Whether the cursor is in the search box: then the browser's own search is not taken away. */
  isSearching: boolean;
  looks: Looks;
  setLooks: (some: Partial<Looks>) => void;
  lines: ChosenLines;
  onError: (steps: number) => void;
  onFold: () => void;
  onFoldAll: () => void;
  onTop: () => void;
  onEnd: () => void;
  onFollow: () => void;
  /** The line to begin with when none is chosen. */
  inSight: () => number;
  total: number;
  goTo: (line: number) => void;
}

/** Returns what the region of the lines does with the arrow keys. */
export function useLogKeys(keys: LogKeys): (event: KeyboardEvent) => void {
  const { looks, setLooks, lines } = keys;
  const focusSearch = (): void => {
    keys.searchBox.current?.focus();
    keys.searchBox.current?.select();
  };
  useKeys({
    n: () => keys.onError(1),
    'Shift+N': () => keys.onError(-1),
    '/': focusSearch,
    z: keys.onFold,
    'Shift+Z': keys.onFoldAll,
    w: () => setLooks({ wraps: !looks.wraps }),
    m: () => setLooks({ onlyNew: !looks.onlyNew }),
    'Shift+F': keys.onFollow,
    'g g': keys.onTop,
    'Shift+G': keys.onEnd,
    y: () => void copyText(window.location.href, 'Link copied'),
  });
  useKeys({ 'Mod+f': focusSearch }, !keys.isSearching);
  useKeys({ Escape: () => setLooks({ isFull: false }) }, looks.isFull);
  useKeys({ Escape: lines.clear }, !looks.isFull && lines.chosen !== null);
  return (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const here = lines.end;
    const next = here === null ? keys.inSight() : Math.min(Math.max(here + by, 1), keys.total);
    lines.choose(next, event.shiftKey);
    keys.goTo(next);
  };
}
