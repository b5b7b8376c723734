/** Choosing filters: they hold at once, or are gathered in the sheet of a phone until it closes. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { createContext, use, useCallback } from 'react';
import { useSearchParams, useSetSearch, type Change } from '~/lib/router';
import { keepGlobal, withoutFilters, type Search } from '~/lib/search';

interface Draft {
  search: Search;
  add: (change: Change) => void;
}

/** What has been chosen in a sheet that is still open. */
export const DraftContext = createContext<Draft | null>(null);

/** The filters as chosen so far. */
export function useFilters(): Search {
  const search = useSearchParams();
  return use(DraftContext)?.search ?? search;
}

/** Choose filters: they are applied, or gathered where a sheet is open. */
export function useSetFilters(): (change: Change) => void {
  const apply = useApplyFilters();
  return use(DraftContext)?.add ?? apply;
}

/** The filters that not every page has. */
export const ownFields = ['status', 'event', 'actor', 'label', 'commit', 'min_attempt'] as const;

export type OwnField = (typeof ownFields)[number];

/** Which of them narrow a page that lists what they are of; null for a page that lists nothing. */
export function ownFieldsOf(path: string): readonly OwnField[] | null {
  if (path === '/runs') return ownFields;
  // Of a line of a log it is known how its job ended.
  return path === '/search' ? ['status'] : null;
}

/** How many filters of a page are not at their default. */
export function activeFilters(search: Search, path: string): number {
  const lists = ['repo', 'workflow', 'branch', ...(ownFieldsOf(path) ?? [])];
  const isOfTime = search.from !== undefined || search.range !== undefined;
  return lists.filter((field) => search[field] !== undefined).length + (isOfTime ? 1 : 0);
}

/** The change that takes all filters of a page away; what the logs are searched for is none. */
export function cleared(search: Search, path: string): Change {
  const kept = withoutFilters(search);
  const gone = Object.keys(search).filter((name) => !(name in kept));
  const filters = gone.filter((name) => name !== 'q' || path !== '/search');
  return Object.fromEntries(filters.map((name) => [name, undefined]));
}

/** The page that is shown. */
export function usePath(): string {
  return useRouterState({ select: (state) => state.location.pathname });
}

/** Put filters into the address; those that only runs have lead to the list of runs. */
export function useApplyFilters(): (change: Change, options?: { replace?: boolean }) => void {
  const setSearch = useSetSearch();
  const navigate = useNavigate();
  const path = usePath();
  return useCallback(
    (change, options) => {
      const stays = ownFieldsOf(path) !== null || ownFields.every((field) => !(field in change));
      if (stays) {
        setSearch(change, options);
        return;
      }
      const search = (before: Search): Search => ({ ...keepGlobal(before), ...change });
      void navigate({ to: '/runs', search, replace: options?.replace ?? false });
    },
    [navigate, path, setSearch],
  );
}
