/** Going to a saved view. */

import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { View } from '~/api/types';
import { setOpened } from '~/features/views/opened';
import { checkSearch, parseSearch } from '~/lib/search';

/** The full address is set, so that it can be copied and shared. */
export function useOpenView(): (view: Pick<View, 'id' | 'path' | 'search'>, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (view, replace = false) => {
      setOpened(view.id);
      const { search } = checkSearch(parseSearch(view.search));
      void navigate({ to: view.path, search, replace });
    },
    [navigate],
  );
}
