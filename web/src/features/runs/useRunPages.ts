/** All runs that match, as far as they are loaded, and the new ones that wait to be let in. */

import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import { runFilter } from '~/api/filter';
import { runPagesQuery } from '~/api/queries';
import type { Run, RunPage } from '~/api/types';
import { onNewRun } from '~/features/live/follow';
import { useSearchParams } from '~/lib/router';
import type { Search } from '~/lib/search';

/** More than this in memory helps nobody: narrow the filters, or take the file. */
export const mostRuns = 10_000;
const newest = '-started_at';
const freshFor = 1200;

/** A list that is read from the top with nothing chosen may move; any other stays as it is. */
function mayMove(search: Search): boolean {
  const idle = document.activeElement === null || document.activeElement === document.body;
  return window.scrollY < 80 && idle && search.peek === undefined && (search.sort ?? newest) === newest;
}

/** Everything the list of runs needs. */
export function useRunPages() {
  const search = useSearchParams();
  const client = useQueryClient();
  const options = runPagesQuery(runFilter(search), search.sort ?? newest);
  const asked = useInfiniteQuery(options);
  const key = JSON.stringify(options.queryKey);
  const [waiting, setWaiting] = useState<{ key: string; ids: ReadonlySet<number> }>({ key, ids: new Set() });
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const held = waiting.key === key ? waiting.ids : new Set<number>();

  const take = useEffectEvent((run: Run) => {
    if (!mayMove(search)) {
      setWaiting({ key, ids: new Set([...held, run.id]) });
      return;
    }
    client.setQueryData<Pages>([...options.queryKey], (data) =>
      withNew(data, run),
    );
    setFresh(new Set([run.id]));
  });
  useEffect(() => onNewRun(JSON.parse(key) as unknown[], (run) => { take(run); }), [key]);
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => { setFresh(new Set()); }, freshFor);
    return () => { clearTimeout(timer); };
  }, [fresh]);

  const pages = asked.data?.pages;
  const runs = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  return {
    asked,
    runs,
    first: pages?.[0],
    fresh,
    held: held.size,
    showHeld: () => {
      setWaiting({ key, ids: new Set() });
      window.scrollTo({ top: 0 });
      void client.resetQueries({ queryKey: options.queryKey });
    },
    more: () => {
      if (asked.hasNextPage && !asked.isFetchingNextPage && runs.length < mostRuns) {
        void asked.fetchNextPage();
      }
    },
  };
}

type Pages = InfiniteData<RunPage> | undefined;

function withNew(data: Pages, run: Run): Pages {
  const [first, ...rest] = data?.pages ?? [];
  if (data === undefined || first === undefined) return data;
  if (first.items.some((item) => item.id === run.id)) return data;
  const total = first.total == null ? null : first.total + 1;
  return { ...data, pages: [{ ...first, total, items: [run, ...first.items] }, ...rest] };
}
