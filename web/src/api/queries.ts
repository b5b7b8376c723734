/** Every question the pages ask, with how long its answer holds. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import { boot, startWith } from '~/api/boot';
import { ApiError, read } from '~/api/client';
import type { Filter } from '~/api/filter';
import type { FacetField, RepositoryItem } from '~/api/types';
import { defaultBranch, type Granularity } from '~/lib/search';

const seconds = 1000;
const aWhile = 30 * seconds;
const long = 300 * seconds;
const firstLook = 5 * seconds;
const pageSize = 200;
/** Rows of the grid; the worst come first. */
const mostRows = 200;

/** What a live message makes out of date: numbers over many runs, or lists of runs. */
export type Freshness = 'numbers' | 'runs' | 'still';

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: { live?: Freshness };
    defaultError: ApiError;
  }
}

/** Make the store of answers. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: aWhile,
        gcTime: long,
        retry: (failures, error) => error.mayPass && failures < 2,
        retryDelay: (attempt) => (attempt === 0 ? 1 : 3) * seconds,
        refetchOnWindowFocus: true,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}

export const metaQuery = queryOptions({
  queryKey: ['meta'],
  queryFn: ({ signal }) => read('/api/v1/meta', { signal }),
  ...startWith(boot.meta),
  staleTime: aWhile,
  refetchInterval: 60 * seconds,
  meta: { live: 'still' },
});

export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) => read('/api/v1/demo', { signal }),
});

/** The filter without its window: what is red now does not depend on what one looks back at. */
function atRest({ repo, workflow, branch, demo }: Filter): Filter {
  const kept = { repo, workflow, branch, demo };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

/** Is main green, since when, and who did it. */
export function verdictQuery(filter: Filter) {
  const wanted = atRest(filter);
  // The page comes with the verdict over everything: its first words need no round trip.
  const isPlain = JSON.stringify(wanted) === JSON.stringify({ branch: [defaultBranch] });
  return queryOptions({
    queryKey: ['verdict', wanted],
    ...startWith(isPlain ? boot.verdict : null),
    queryFn: ({ signal }) =>
      read('/api/v1/overview/verdict', { query: wanted, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

export function kpisQuery(filter: Filter, zone: string) {
  return queryOptions({
    queryKey: ['kpis', filter, zone],
    queryFn: ({ signal }) =>
      read('/api/v1/overview/kpis', { query: { ...filter, tz: zone }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

export function outcomesQuery(filter: Filter, gran: Granularity, zone: string) {
  return queryOptions({
    queryKey: ['outcomes', filter, gran, zone],
    queryFn: ({ signal }) =>
      read('/api/v1/series/outcomes', { query: { ...filter, gran, tz: zone }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

export function durationsQuery(filter: Filter, gran: Granularity, zone: string) {
  return queryOptions({
    queryKey: ['durations', filter, gran, zone],
    queryFn: ({ signal }) =>
      read('/api/v1/series/duration', { query: { ...filter, gran, tz: zone }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

export function stripsQuery(filter: Filter, limit: number) {
  return queryOptions({
    queryKey: ['strips', filter, limit],
    queryFn: ({ signal }) =>
      read('/api/v1/strips', { query: { ...filter, limit, n: 60 }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

/** The newest few runs, for the overview. */
export function recentRunsQuery(filter: Filter, limit: number) {
  return queryOptions({
    queryKey: ['runs', 'recent', filter, limit],
    queryFn: ({ signal }) => read('/api/v1/runs', { query: { ...filter, limit }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'runs' },
  });
}

/** All runs that match, page by page. */
export function runPagesQuery(filter: Filter, sort: string) {
  return infiniteQueryOptions({
    queryKey: ['runs', 'pages', filter, sort],
    queryFn: ({ signal, pageParam }) =>
      read('/api/v1/runs', { query: { ...filter, sort, cursor: pageParam, limit: pageSize }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor ?? null,
    placeholderData: keepPreviousData,
    structuralSharing: false,
    meta: { live: 'runs' },
  });
}

export function runQuery(id: string, attempt?: string) {
  return queryOptions({
    queryKey: ['run', id, attempt ?? null],
    queryFn: ({ signal }) =>
      read('/api/v1/runs/{run_id}', { path: { run_id: id }, query: { attempt }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'still' },
  });
}

/** What is understood of a job's log, or why there is none. */
export function logQuery(jobId: string) {
  return queryOptions({
    queryKey: ['log', jobId],
    queryFn: ({ signal }) => read('/api/v1/jobs/{job_id}/log/meta', { path: { job_id: jobId }, signal }),
    staleTime: long,
    meta: { live: 'still' },
  });
}

export function rawQuery(id: string) {
  return queryOptions({
    queryKey: ['raw', id],
    queryFn: ({ signal }) => read('/api/v1/runs/{run_id}/raw', { path: { run_id: id }, signal }),
    staleTime: long,
    meta: { live: 'still' },
  });
}

/** Whether what is shown is not yet the answer to what is asked. */
export function isComing(asked: { isPending: boolean; isPlaceholderData: boolean }): boolean {
  return asked.isPending || asked.isPlaceholderData;
}

/** The values a filter can take, most frequent first. */
export function facetQuery(field: FacetField, filter: Filter, text: string) {
  return queryOptions({
    queryKey: ['facet', field, filter, text],
    queryFn: ({ signal }) =>
      read('/api/v1/facets', {
        query: { ...filter, field, q: text === '' ? undefined : text, limit: 100 },
        signal,
      }),
    staleTime: long,
    placeholderData: keepPreviousData,
    meta: { live: 'still' },
  });
}

/** What to mend first, from what is known so far. */
export function fixFirstQuery(filter: Filter, limit: number) {
  return queryOptions({
    queryKey: ['fix-first', atRest(filter), limit],
    queryFn: ({ signal }) =>
      read('/api/v1/overview/fix-first', { query: { ...atRest(filter), limit }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

/** Workflows against time. */
export function timeGridQuery(filter: Filter, gran: Granularity, zone: string) {
  return queryOptions({
    queryKey: ['grid', filter, gran, zone],
    queryFn: ({ signal }) =>
      read('/api/v1/grid/time', { query: { ...filter, gran, tz: zone, limit: mostRows }, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: ({ signal }) => read('/api/v1/views', { signal }),
  staleTime: long,
  meta: { live: 'still' },
});

export function reposQuery(limit: number) {
  return queryOptions({
    queryKey: ['repos', limit],
    queryFn: ({ signal }) => read('/api/v1/repos', { query: { limit, range: '7d' }, signal }),
    // What a first look at a repository finds is told by no live message.
    refetchInterval: ({ state }) => hasNew(state.data?.items) && firstLook,
    meta: { live: 'numbers' },
  });
}

/** Whether one of them was never yet looked at to the end. */
export function hasNew(repositories: readonly RepositoryItem[] = []): boolean {
  return repositories.some(({ feed }) => feed.tracked && (feed.state ?? 'new') === 'new');
}

export const ownersQuery = queryOptions({
  queryKey: ['repos', 'owners'],
  queryFn: ({ signal }) => read('/api/v1/owners', { signal }),
  meta: { live: 'still' },
});

export function workflowsQuery(repo: string, filter: Filter) {
  return queryOptions({
    queryKey: ['workflows', repo, filter],
    queryFn: ({ signal }) =>
      read('/api/v1/repos/{repo}/workflows', { path: { repo }, query: filter, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

/** What arrived at the doors lately, with what became of it. */
export function ingestQuery(limit: number) {
  return queryOptions({
    queryKey: ['ingest', limit],
    queryFn: ({ signal }) => read('/api/v1/ingest/events', { query: { limit, demo: 1 }, signal }),
    staleTime: 5 * seconds,
    meta: { live: 'numbers' },
  });
}

export const retentionQuery = queryOptions({
  queryKey: ['retention'],
  queryFn: ({ signal }) => read('/api/v1/settings/retention/preview', { signal }),
  staleTime: long,
  meta: { live: 'still' },
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => read('/health', { signal }),
  refetchInterval: 30 * seconds,
  meta: { live: 'still' },
});

/** The GitHub App that is connected, if one is. */
export const githubAppQuery = queryOptions({
  queryKey: ['github-app'],
  queryFn: ({ signal }) => read('/api/v1/github/app', { signal }),
  staleTime: long,
  meta: { live: 'still' },
});

/** What is left of GitHub's limits. */
export const budgetQuery = queryOptions({
  queryKey: ['github-budget'],
  queryFn: ({ signal }) => read('/api/v1/github/budget', { signal }),
  refetchInterval: 30 * seconds,
  meta: { live: 'still' },
});

/** History that was asked for, the last first; live messages bring it up to date. */
export const backfillsQuery = queryOptions({
  queryKey: ['backfills'],
  queryFn: ({ signal }) => read('/api/v1/backfills', { query: { limit: 5 }, signal }),
  refetchInterval: 30 * seconds,
  meta: { live: 'still' },
});

/** Background work that was given up. */
export const deadLettersQuery = queryOptions({
  queryKey: ['dead-letters'],
  queryFn: ({ signal }) => read('/api/v1/system/dead-letters', { signal }),
  refetchInterval: 30 * seconds,
  meta: { live: 'still' },
});

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => read('/api/v1/system', { signal }),
  refetchInterval: 30 * seconds,
  meta: { live: 'still' },
});

export const wallsQuery = queryOptions({
  queryKey: ['walls'],
  queryFn: ({ signal }) => read('/api/v1/walls', { signal }),
  staleTime: long,
  meta: { live: 'still' },
});

/** A workflow's jobs in numbers. */
export function workflowQuery(id: number, filter: Filter) {
  return queryOptions({
    queryKey: ['workflow', id, filter],
    queryFn: ({ signal }) =>
      read('/api/v1/workflows/{workflow_id}', { path: { workflow_id: id }, query: filter, signal }),
    placeholderData: keepPreviousData,
    meta: { live: 'numbers' },
  });
}

/** Whether everybody may see the badges of a repository. */
export function badgesQuery(repo: string) {
  return queryOptions({
    queryKey: ['badges', repo],
    queryFn: ({ signal }) => read('/api/v1/repos/{repo}/badges', { path: { repo }, signal }),
    staleTime: long,
    meta: { live: 'still' },
  });
}
