/** What a list of runs means by its words. */

import { Definitions } from '~/ui/Definitions';

const terms = {
  run: ['Run', 'One start of a workflow for one commit. Running it again is another attempt of the same run, and the latest attempt counts.'],
  status: ['Status', 'What the latest attempt came to. A failure is also a run that timed out or could not start; waiting for approval is not finished yet.'],
  duration: ['Duration', 'From the start of the attempt to its end. Waiting for a runner is not part of it.'],
  queue: ['Waited', 'From the moment a job could have begun until a runner took it.'],
  path: ['Critical path', 'The jobs and steps without which the run would have ended earlier; what is beside it costs no time.'],
  red: ['Red', 'The newest finished run of the workflow on that branch failed. Since: when the first failure after its last success ended.'],
  rate: ['Success rate', 'Successes among successes and failures, by the latest attempt. Cancelled, skipped and unfinished runs count on neither side.'],
  p50: ['p50, p95', 'Half of the finished runs took no longer than p50; 95 of 100 no longer than p95.'],
} as const;

interface HowToReadRunsProps {
  about: readonly (keyof typeof terms)[];
}

/** Folded until somebody asks. */
export function HowToReadRuns({ about }: HowToReadRunsProps) {
  return <Definitions className="mt-3" terms={about.map((name) => terms[name])} />;
}
