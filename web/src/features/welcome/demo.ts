/** Demo data: whether it is there, loading it, and taking it away. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { send, type ApiError } from '~/api/client';
import { demoQuery } from '~/api/queries';
import type { Demo } from '~/api/types';

const every = 500;

interface DemoData {
  demo: Demo | undefined;
  busy: boolean;
  problem: ApiError | null;
  load: () => void;
  remove: () => void;
}

/** What is known of the demo, and the two things that can be done about it. */
export function useDemo(): DemoData {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (method: 'POST' | 'DELETE') => send(method, '/api/v1/demo'),
    // Whatever a page shows may have come or gone.
    onSettled: () => client.invalidateQueries(),
  });
  const { data: demo } = useQuery({
    ...demoQuery,
    refetchInterval: ({ state }) => (change.isPending || state.data?.state === 'loading' ? every : false),
  });
  return {
    demo,
    busy: change.isPending,
    problem: change.error,
    load: () => {
      change.mutate('POST');
    },
    remove: () => {
      change.mutate('DELETE');
    },
  };
}
