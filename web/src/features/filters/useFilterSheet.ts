/** The sheet of filters as a step of the history: going back closes it and stays on the page. */

import { useNavigate, useRouter, useRouterState } from '@tanstack/react-router';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** What lies over the page. */
    over?: 'filters';
  }
}

/** Whether it is open, and what opens and closes it. */
export function useFilterSheet(): { isOpen: boolean; open: () => void; close: () => void } {
  const navigate = useNavigate();
  const router = useRouter();
  const isOpen = useRouterState({ select: ({ location }) => location.state.over === 'filters' });
  return {
    isOpen,
    open: () => void navigate({ to: '.', search: true, state: { over: 'filters' }, resetScroll: false }),
    close: () => {
      if (isOpen) router.history.back();
    },
  };
}
