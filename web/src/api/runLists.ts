/** What the lists of runs on the page hold between them. */

import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Run, RunPage } from '~/api/types';

/** What a list of runs holds: one page, or many. */
export type RunData = RunPage | InfiniteData<RunPage> | undefined;

/** The rows of a list, page after page. */
export function rowsOf(data: RunData): readonly Run[] {
  if (data === undefined) return [];
  return 'pages' in data ? data.pages.flatMap((page) => page.items) : data.items;
}

/** How many runs match, of which a page shows some. */
export function totalOf({ total, counts }: RunPage): number {
  return total ?? Object.values(counts?.by_status ?? {}).reduce((sum, one) => sum + one, 0);
}

/** The newest that any list knows of a run. */
export function listedRun(client: QueryClient, id: string): Run | undefined {
  return client
    .getQueriesData<RunData>({ queryKey: ['runs'] })
    .flatMap(([_key, data]) => rowsOf(data).filter((run) => String(run.id) === id))
    .sort((one, other) => other.rev - one.rev)[0];
}
