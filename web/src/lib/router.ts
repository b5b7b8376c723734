/** Reading and changing the query string from any component. */

import { useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Search } from '~/lib/search';

/** The query string of the page, as checked. */
export function useSearchParams(): Search {
  return useRouterState({ select: (state) => state.location.search as Search });
}

/** Parts of the query string to set; `undefined` takes one away. */
export type Change = Partial<Record<keyof Search & string, string | string[] | undefined>>;

/** A change, or how to work it out from the query string as it is by now. */
export type Choice = Change | ((latest: Search) => Change);

/** What a choice changes in `latest`. */
export function changeOf(choice: Choice, latest: Search): Change {
  return typeof choice === 'function' ? choice(latest) : choice;
}

/** Read the query string as it is by now: two choices may come before the page shows the first. */
export function useLatestSearch(): () => Search {
  const router = useRouter();
  return useCallback(() => router.latestLocation.search as Search, [router]);
}

/**
 * Change parts of the query string and stay on the page. A discrete choice is a step in the
 * history; typing, brushing and resizing replace the last one.
 */
export function useSetSearch(): (choice: Choice, options?: { replace?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (choice, options) => {
      void navigate({
        to: '.',
        search: (before: Search) => ({ ...before, ...changeOf(choice, before) }),
        replace: options?.replace ?? false,
        resetScroll: false,
      } as Parameters<typeof navigate>[0]);
    },
    [navigate],
  );
}
