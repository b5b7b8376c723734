/** Asking for what the page of a log shows first, before anything of that page is there. */

import type { QueryClient } from '@tanstack/react-query';
import { firstWindowQuery } from '~/api/logs';
import { logQuery, runQuery } from '~/api/queries';
import type { Job } from '~/api/types';
import { readHash } from '~/features/logs/hash';
import { isFailure, isOpen } from '~/lib/status';

interface Arrival {
  context: { client: QueryClient };
  params: { runId: string; jobId: string };
  location: { hash: string };
  /** `stay`: one is there already, and only the line that is named has changed. */
  cause: 'preload' | 'enter' | 'stay';
}

/** The lines are asked for where it is known which: by link, or by what is known of the run. */
export function beginLog({ context: { client }, params: { runId, jobId }, location, cause }: Arrival): void {
  if (cause === 'stay') return;
  const ask = (question: Promise<unknown>): void => void question.catch(() => undefined);
  const details = client.getQueryData(runQuery(runId).queryKey);
  const job = details?.jobs.find((one) => String(one.id) === jobId);
  const around = readHash(location.hash)?.from ?? likelyOpening(job);
  ask(client.query(logQuery(jobId)));
  if (around !== undefined && job?.log.available !== false) ask(client.query(firstWindowQuery(jobId, around)));
  ask(client.query(runQuery(runId)));
}

/** Where the log will open, as far as that can be told without having heard of it. */
function likelyOpening(job: Job | undefined): number | undefined {
  if (job === undefined || isOpen(job.status)) return undefined;
  return isFailure(job.status) ? (job.first_error?.line ?? 1) : 1;
}
