/** In which order the jobs of a run are listed. */

import type { Job } from '~/api/types';
import { isFailure } from '~/lib/status';

/** Failed, running, queued, the rest; by name within each. */
export function inOrder(jobs: readonly Job[]): Job[] {
  const rank = (job: Job): number =>
    isFailure(job.status) ? 0 : job.status === 'running' ? 1 : job.status === 'queued' ? 2 : 3;
  return [...jobs].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
