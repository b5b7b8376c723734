/** Reading and changing the query string from any component. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Search } from '~/lib/search';

/** The query string of the page, as checked. */
export function useSearchParams(): Search {
  return useRouterState({ select: (state) => state.location.search as Search });
}

/** Parts of the query string to set; `undefined` takes one away. */
export type Change = Partial<Record<keyof Search & string, string | string[] | undefined>>;

/**
 * Change parts of the query string and stay on the page. A discrete choice is a step in the
 * history; typing, brushing and resizing replace the last one.
 */
export function useSetSearch(): (change: Change, options?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (change, options) => {
      void navigate({
        to: '.',
        search: (before: Search) => ({ ...before, ...change }),
        replace: options?.replace ?? false,
        resetScroll: false,
      } as Parameters<typeof navigate>[0]);
    },
    [navigate],
  );
}
