/** Asking about logs: a search through all of them, and fetching one from its provider. */

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { read, send, type Query } from '~/api/client';
import type { LogSearchPage } from '~/api/types';

/** A search through all logs, page by page. */
export function logSearchQuery(wanted: Query & { q: string }) {
  return infiniteQueryOptions({
    queryKey: ['logs', wanted],
    queryFn: ({ signal, pageParam }) =>
      read('/api/v1/logs/search', { query: { ...wanted, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    structuralSharing: false,
    meta: { live: 'still' },
  });
}

/** Count the lines that a search finds from a cursor on, for less than a second. */
export function countLogLines(
  wanted: Query & { q: string },
  cursor: string,
  signal: AbortSignal,
): Promise<LogSearchPage> {
  const query = { ...wanted, cursor, limit: 0, seconds: 0.7 };
  return read('/api/v1/logs/search', { query, signal });
}

/** How many lines around the first one to see are asked for at once. */
const windowLines = 400;

/** The lines to see first; asked for before all else is known, where the line is. */
export function firstWindowQuery(jobId: string, around: number) {
  return queryOptions({
    queryKey: ['log', jobId, 'window', around],
    queryFn: () =>
      read('/api/v1/jobs/{job_id}/log/window', { path: { job_id: jobId }, query: { around, count: windowLines } }),
    staleTime: 5000,
    gcTime: 5000,
    retry: false,
  });
}

const mostRetries = 8;

/** What a log has more than the text of it that is on the screen. */
export function growthQuery(jobId: number, { etag, bytes }: { etag: string; bytes: number }) {
  return queryOptions({
    queryKey: ['log', String(jobId), 'growth', etag],
    queryFn: () => read('/api/v1/jobs/{job_id}/log/appended', { path: { job_id: jobId }, query: { etag, bytes } }),
    staleTime: 0,
    gcTime: 0,
    // The end of a log that has grown for the last time is told by nobody else, so this is not
    // given up soon: after three minutes, or when the log is told to have grown again.
    retry: (failures, error) => failures < mostRetries && error.mayPass,
    retryDelay: (failures) => Math.min(3000 * 2 ** failures, 30_000),
  });
}

/** Which lines of a log the last green one of its job does not have. */
export function noveltyQuery(jobId: number, etag: string | null) {
  return queryOptions({
    queryKey: ['log', String(jobId), 'novelty', etag],
    queryFn: ({ signal }) => read('/api/v1/jobs/{job_id}/log/novelty', { path: { job_id: jobId }, signal }),
    staleTime: Infinity,
    retry: false,
  });
}

/** Have the log of a job fetched soon. */
export function askForLog(jobId: number): Promise<unknown> {
  return send('POST', `/api/v1/jobs/${jobId}/log/fetch`);
}
