/** All runs that match, as far as they are loaded, and the new ones that wait to be let in. */

import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useMemo } from 'react';
import { runFilter } from '~/api/filter';
import { runPagesQuery } from '~/api/queries';
import type { Run, RunPage } from '~/api/types';
import { useNewRuns } from '~/features/runs/useNewRuns';
import { useSearchParams } from '~/lib/router';

/** More than this in memory helps nobody: narrow the filters, or take the file. */
export const mostRuns = 10_000;

/** Everything the list of runs needs. */
export function useRunPages() {
  const search = useSearchParams();
  const options = runPagesQuery(runFilter(search), search.sort ?? '-started_at');
  const asked = useInfiniteQuery(options);
  const newcomers = useNewRuns<InfiniteData<RunPage>>(options.queryKey, withNew);
  const pages = asked.data?.pages;
  const runs = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages]);
  return {
    asked,
    runs,
    first: pages?.[0],
    ...newcomers,
    more: () => {
      if (asked.hasNextPage && !asked.isFetchingNextPage && runs.length < mostRuns) {
        void asked.fetchNextPage();
      }
    },
  };
}

/** The first page with one more run at its top. */
export function pageWithNew(page: RunPage, run: Run): RunPage {
  if (page.items.some((item) => item.id === run.id)) return page;
  return {
    ...page,
    total: page.total == null ? null : page.total + 1,
    items: [run, ...page.items],
  };
}

function withNew(data: InfiniteData<RunPage> | undefined, run: Run): InfiniteData<RunPage> | undefined {
  const [first, ...rest] = data?.pages ?? [];
  if (data === undefined || first === undefined) return data;
  return { ...data, pages: [pageWithNew(first, run), ...rest] };
}
