/** Choosing filters: they hold at once, or are gathered in the sheet of a phone until it closes. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { createContext, use, useCallback } from 'react';
import { changeOf, useLatestSearch, useSearchParams, useSetSearch, type Change, type Choice } from '~/lib/router';
import { keepGlobal, withoutFilters, type Search } from '~/lib/search';

type ListField = 'repo' | 'workflow' | 'branch' | 'status' | 'event' | 'actor' | 'label';

interface Draft {
  search: Search;
  add: (choice: Choice) => void;
}

/** What has been chosen in a sheet that is still open. */
export const DraftContext = createContext<Draft | null>(null);

/** The filters as chosen so far. */
export function useFilters(): Search {
  const search = useSearchParams();
  return use(DraftContext)?.search ?? search;
}

/** Choose filters: they are applied, or gathered where a sheet is open. */
export function useSetFilters(): (choice: Choice) => void {
  const apply = useApplyFilters();
  return use(DraftContext)?.add ?? apply;
}

/** The change of a list by which `change` makes another of what it has by now. */
export function changeList(
  field: ListField,
  change: (values: readonly string[]) => readonly string[],
): (latest: Search) => Change {
  return (latest) => {
    const values = change(latest[field] ?? []);
    return { [field]: values.length === 0 ? undefined : [...values] };
  };
}

/** The list without the value, or with it where it has it not. */
export function toggled(values: readonly string[], value: string): readonly string[] {
  return values.includes(value) ? values.filter((one) => one !== value) : [...values, value];
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
export function useApplyFilters(): (choice: Choice, options?: { replace?: boolean }) => void {
  const setSearch = useSetSearch();
  const navigate = useNavigate();
  const path = usePath();
  const latest = useLatestSearch();
  return useCallback(
    (choice, options) => {
      const change = changeOf(choice, latest());
      const stays = ownFieldsOf(path) !== null || ownFields.every((field) => !(field in change));
      if (stays) {
        setSearch(change, options);
        return;
      }
      const search = (before: Search): Search => ({ ...keepGlobal(before), ...change });
      void navigate({ to: '/runs', search, replace: options?.replace ?? false });
    },
    [latest, navigate, path, setSearch],
  );
}
