/** Whether a media query holds, kept up to date. */

import { useCallback, useSyncExternalStore } from 'react';

export const phone = '(max-width: 39.99rem)';
export const narrow = '(max-width: 63.99rem)';
export const forcedColours = '(forced-colors: active)';

/** Whether `query` holds now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', listener);
      return () => {
        list.removeEventListener('change', listener);
      };
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}
