/** From anything that stands for a run to the line of its log that matters most. */

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { ApiError } from '~/api/client';
import { runQuery } from '~/api/queries';
import type { Job, RunDetails } from '~/api/types';
import { inOrder } from '~/features/run/order';
import { worthLooking } from '~/features/run/useRun';
import { isFailure, isOpen } from '~/lib/status';
import { toast } from '~/lib/toasts';

/** What the router, which knows no page by its type here, says of where we are. */
interface Address {
  pathname: string;
  search: { peek?: string; attempt?: string };
}

interface Place {
  jobId: number;
  /** Without a line the log opens where it would by itself. */
  line: number | null;
}

/** Where to look in a run: its first error, else a job that failed, else one that is running, else the first. */
export function placeToLook({ run, jobs }: Pick<RunDetails, 'run' | 'jobs'>): Place | null {
  const error = run.first_error;
  if (error != null) return { jobId: error.job_id, line: error.line };
  const sorted = inOrder(jobs);
  const job: Job | undefined =
    sorted.find((one) => isFailure(one.status)) ?? sorted.find((one) => isOpen(one.status)) ?? sorted[0];
  return job === undefined ? null : { jobId: job.id, line: job.first_error?.line ?? null };
}

/** The run that a place of the document stands for: a row, a cell, or a link to a run. */
export function runAt(element: Element | null): string | null {
  const marked = element?.closest<HTMLElement>('[data-run]')?.dataset.run;
  if (marked !== undefined) return marked;
  const address = element?.closest('a[href]')?.getAttribute('href') ?? '';
  return /(?:^\/runs\/|[?&]peek=)(\d+)/.exec(address)?.[1] ?? null;
}

/** Go to the log of the run under the cursor, of the open panel, or of the page, in this order. */
export function useOpenLog(): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const look = async (id: string, attempt: string | undefined): Promise<void> => {
    const newest = await client.query(runQuery(id));
    const wanted = attempt ?? worthLooking(newest);
    const details = wanted === undefined ? newest : await client.query(runQuery(id, wanted));
    const place = placeToLook(details);
    if (place === null) {
      toast('No job of this run is known, so there is no log.', { kind: 'note' });
      return;
    }
    await navigate({
      to: '/runs/$runId/jobs/$jobId',
      params: { runId: id, jobId: String(place.jobId) },
      ...(place.line === null ? {} : { hash: `L${place.line}` }),
    });
  };
  return () => {
    const { pathname, search } = router.state.location as Address;
    const { peek, attempt } = search;
    const shown = peek ?? /^\/runs\/(\d+)\/?$/.exec(pathname)?.[1];
    // Before any key has moved it, the cursor is on the row that Tab would come to.
    const row = document.querySelector('tr[data-run][tabindex="0"]');
    const id = runAt(document.activeElement) ?? shown ?? runAt(row);
    if (id === null) return;
    look(id, id === shown ? attempt : undefined).catch((error: unknown) => {
      toast(error instanceof ApiError ? error.message : 'The log could not be opened.', { kind: 'problem' });
    });
  };
}
