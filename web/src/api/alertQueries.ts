/** The queries of alerts, their rules and channels. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { read } from '~/api/client';

const often = 15_000;

/** What is burning, for the bell; asked again often, in case no live message comes through. */
export const openAlertsQuery = queryOptions({
  queryKey: ['alerts', 'open'],
  queryFn: ({ signal }) => read('/api/v1/alerts', { query: { state: 'open', limit: 20 }, signal }),
  refetchInterval: often,
  meta: { live: 'runs' },
});

export type AlertFilter = Readonly<Record<'state' | 'repo' | 'severity' | 'rule', string | readonly string[] | undefined>>;

/** Alerts that pass a filter, page by page, the newest first. */
export function alertsQuery(filter: AlertFilter, limit = 100) {
  return infiniteQueryOptions({
    queryKey: ['alerts', 'list', filter, limit],
    queryFn: ({ pageParam, signal }) =>
      read('/api/v1/alerts', { query: { ...filter, limit, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: 2 * often,
    meta: { live: 'runs' },
  });
}

/** One alert with its messages. */
export function alertQuery(id: number) {
  return queryOptions({
    queryKey: ['alerts', 'one', id],
    queryFn: ({ signal }) => read('/api/v1/alerts/{alert_id}', { path: { alert_id: id }, signal }),
    meta: { live: 'runs' },
  });
}

/** What was sent lately, of all alerts. */
export function messagesQuery(state: 'failed' | undefined) {
  return queryOptions({
    queryKey: ['alerts', 'messages', state],
    queryFn: ({ signal }) => read('/api/v1/alerts/notifications', { query: { state, limit: 200 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 2 * often,
    meta: { live: 'runs' },
  });
}

export const alertRulesQuery = queryOptions({
  queryKey: ['alert rules'],
  queryFn: ({ signal }) => read('/api/v1/alert-rules', { signal }),
});

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: ({ signal }) => read('/api/v1/channels', { signal }),
  refetchInterval: 2 * often,
});
