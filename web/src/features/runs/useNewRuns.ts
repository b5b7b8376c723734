/** Runs a list has not seen yet: let in at once when nothing can jump, else kept behind a button. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import type { Run } from '~/api/types';
import { onNewRun } from '~/features/live/follow';
import { useSearchParams } from '~/lib/router';
import type { Search } from '~/lib/search';

const newest = '-started_at';
const freshFor = 1200;
const none: ReadonlySet<number> = new Set();

/** A list that is read from the top with nothing chosen may move; any other stays as it is. */
function mayMove(search: Search): boolean {
  const idle = document.activeElement === null || document.activeElement === document.body;
  const sorted = (search.sort ?? newest) === newest;
  return window.scrollY < 80 && idle && search.peek === undefined && sorted;
}

interface NewRuns {
  /** Rows that have just come in, to be tinted for a moment. */
  fresh: ReadonlySet<number>;
  /** How many wait. */
  held: number;
  /** Let them in. */
  show: () => void;
}

/** `insert` puts a run at the top of the data that is stored under the key. */
export function useNewRuns<Data>(
  queryKey: readonly unknown[],
  insert: (data: Data | undefined, run: Run) => Data | undefined,
): NewRuns {
  const search = useSearchParams();
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  const [waiting, setWaiting] = useState({ key, ids: none });
  const [fresh, setFresh] = useState(none);
  // What waited for another list, before the filters changed, waits no more.
  const held = waiting.key === key ? waiting.ids : none;

  const take = useEffectEvent((run: Run) => {
    if (!mayMove(search)) {
      setWaiting({ key, ids: new Set([...held, run.id]) });
      return;
    }
    client.setQueryData<Data>([...queryKey], (data) => insert(data, run));
    setFresh(new Set([run.id]));
  });
  useEffect(
    () =>
      onNewRun(JSON.parse(key) as unknown[], (run) => {
        take(run);
      }),
    [key],
  );
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => {
      setFresh(none);
    }, freshFor);
    return () => {
      clearTimeout(timer);
    };
  }, [fresh]);

  return {
    fresh,
    held: held.size,
    show: () => {
      setWaiting({ key, ids: none });
      window.scrollTo({ top: 0 });
      void client.resetQueries({ queryKey });
    },
  };
}
