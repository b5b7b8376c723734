/** The views there are, and how what is shown relates to them. */

import { useQuery } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { viewsQuery } from '~/api/queries';
import type { View } from '~/api/types';
import { builtInViews } from '~/features/views/builtIn';
import { setOpened, useOpened } from '~/features/views/opened';
import { usePreferences } from '~/lib/preferences';
import { checkSearch, parseSearch, stringifySearch } from '~/lib/search';

const patience = 1500;

/** A search with nothing but what makes the view: without panel and tab, in one order. */
export function viewSearch(text: string): string {
  const { search } = checkSearch(parseSearch(text));
  const { peek: _peek, tab: _tab, attempt: _attempt, tz: _tz, ...kept } = search;
  return stringifySearch(Object.fromEntries(Object.entries(kept).sort()));
}

/** The page that is shown, as a view would keep it. */
export function useHere(): { path: string; search: string; is: (view: View) => boolean } {
  const location = useRouterState({ select: (state) => state.location });
  const path = location.pathname;
  const search = viewSearch(location.searchStr);
  return { path, search, is: (view) => view.path === path && viewSearch(view.search) === search };
}

/** The saved views that this browser lists: shared ones, and those it saved for itself. */
export function useSavedViews(enabled = true): View[] {
  const { ownViews } = usePreferences();
  const { data } = useQuery({ ...viewsQuery, retry: false, enabled });
  return (data?.items ?? []).filter((view) => view.shared || ownViews.includes(view.id));
}

/** The views that stand in the navigation; asked for once the page itself has come. */
export function usePinnedViews(): View[] {
  const [isQuiet, setQuiet] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { setQuiet(true); }, patience);
    return () => { clearTimeout(timer); };
  }, []);
  return useSavedViews(isQuiet).filter((view) => view.pinned);
}

/** The view that was opened, and whether what is shown differs from it by now. */
export function useOpenedView(): { view: View | undefined; isChanged: boolean } {
  const views = [...useSavedViews(false), ...builtInViews];
  const { view: opened } = useOpened();
  const here = useHere();
  const before = views.find((view) => view.id === opened && view.path === here.path);
  const exact = before !== undefined && here.is(before) ? before : views.find(here.is);
  const view = exact ?? before;
  // Filters that happen to be those of a built-in view are not an opened view.
  const id = exact !== undefined && exact.id < 0 ? opened : (view?.id ?? null);
  const known = views.length > builtInViews.length || (opened ?? -1) < 0;
  useEffect(() => {
    // Views that have not been heard of yet may still be the one.
    if (id !== null || known) setOpened(id);
  }, [id, known]);
  return { view, isChanged: view !== undefined && exact === undefined };
}
