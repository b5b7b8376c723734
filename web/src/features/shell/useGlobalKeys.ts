/** The keys that work on every page. */

import { useNavigate } from '@tanstack/react-router';
import { useOpenLog } from '~/features/run/useOpenLog';
import { useShellKeys } from '~/lib/keys';
import { useSetSearch } from '~/lib/router';
import { keepGlobal, type Range, type Search } from '~/lib/search';
import { frozen, shifted, zoomedOut } from '~/features/filters/window';
import { copyText } from '~/ui/CopyButton';
import { useZone } from '~/ui/zone';

type Page = '/' | '/grid' | '/runs' | '/alerts' | '/settings';

/** Press what the shortcut stands for, as if it had been clicked. */
function press(hotspot: string): void {
  const target = document.querySelector<HTMLElement>(`[data-hotspot="${hotspot}"]`);
  target?.focus();
  if (target instanceof HTMLButtonElement) target.click();
}

/** Go somewhere, change the range, open a filter, copy the link, move between regions. */
export function useGlobalKeys(): void {
  const navigate = useNavigate();
  const setSearch = useSetSearch();
  const { zone } = useZone();
  const openLog = useOpenLog();
  const go = (to: Page) => () =>
    void navigate({ to, search: (before: Search) => keepGlobal(before) });
  const range = (value: Range) => () => {
    setSearch({ range: value, from: undefined, to: undefined });
  };
  useShellKeys({
    'g o': go('/'),
    'g g': go('/grid'),
    'g r': go('/runs'),
    'g a': go('/alerts'),
    'g s': go('/settings'),
    't 1': range('24h'),
    't 2': range('7d'),
    't 3': range('30d'),
    't ArrowLeft': () => {
      setSearch((latest) => shifted(latest, -1));
    },
    't ArrowRight': () => {
      setSearch((latest) => shifted(latest, 1));
    },
    't z': () => {
      setSearch(zoomedOut);
    },
    't a': () => {
      setSearch(frozen);
    },
    'f r': () => {
      press('repo');
    },
    'f w': () => {
      press('workflow');
    },
    'f b': () => {
      press('branch');
    },
    '/': focusSearch,
    l: openLog,
    'Shift+C': () => {
      copyLink(zone);
    },
    F6: () => {
      nextRegion(1);
    },
    'Shift+F6': () => {
      nextRegion(-1);
    },
  });
}

/** Where one searches or filters on a page, the most wanted first. */
const searches = [
  '[data-hotspot="find"]',
  '#content input[type="search"]',
  '#filters button',
  '#content [role="search"] button',
];

/** Go to the search of the page, or to its filters where it has none. */
function focusSearch(): void {
  for (const selector of searches) {
    const found = [...document.querySelectorAll<HTMLElement>(selector)];
    const target = found.find((one) => one.checkVisibility());
    if (target === undefined) continue;
    target.focus();
    return;
  }
}

/** Copy the address of this view, with the zone it was seen in. */
export function copyLink(zone: string): void {
  const url = new URL(window.location.href);
  url.searchParams.set('tz', zone);
  void copyText(url.href.replaceAll('%40', '@').replaceAll('%2F', '/'), 'Link copied');
}

function nextRegion(step: 1 | -1): void {
  const regions = ['#filters', '#content', '#panel', '#toasts']
    .map((name) => document.querySelector<HTMLElement>(name))
    .filter((region) => region !== null);
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(here + step + regions.length) % regions.length];
  next?.focus();
}
