/** From a job or a step of a waterfall to its log. */

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { logQuery } from '~/api/queries';
import type { Job } from '~/api/types';

/** Go to the log of a job; with the number of a step, to the line at which that step begins. */
export function useOpenStep(): (job: Job, step: number | null) => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const firstLine = async (job: Job, step: number): Promise<number | null> => {
    // Whatever is wrong with the log, its own page says so.
    const meta = await client.query(logQuery(String(job.id))).catch(() => null);
    return meta?.steps.find((one) => one.number === step)?.first_line ?? null;
  };
  return (job, step) => {
    const go = async (): Promise<void> => {
      const line = step === null ? null : await firstLine(job, step);
      await navigate({
        to: '/runs/$runId/jobs/$jobId',
        params: { runId: String(job.run_id), jobId: String(job.id) },
        ...(line === null ? {} : { hash: `L${line}` }),
      });
    };
    void go();
  };
}
