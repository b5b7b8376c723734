/** What the numbers of the overview mean. */

import { Definitions } from '~/ui/Definitions';

/** Folded until somebody asks. */
export function HowToRead() {
  return (
    <Definitions
      className="@max-3xl:order-last"
      terms={[
        [
          'Red',
          'The newest finished run of a workflow on that branch failed. Since: when the first failure after its last success ended. First bad: the commit of that run; where commits in between were never tested, a range is named and nobody is blamed.',
        ],
        [
          'Nothing heard',
          'No event has arrived for longer than expected. It beats green: what is unknown is never shown as green.',
        ],
        [
          'Success rate',
          'Successes among successes and failures, by the latest attempt of each run. Cancelled, skipped, neutral and unfinished runs count on neither side.',
        ],
        ['Total runs', 'Every run created in the window, whatever became of it.'],
        [
          'Avg duration',
          'From the start of an attempt to its end, over finished runs. Waiting for a runner is not part of it.',
        ],
        [
          'Failed runs (24h)',
          'Failures that ended in the last 24 hours, whatever window is chosen; beside it the 24 hours before.',
        ],
        [
          'Better, worse',
          'Against the equally long window just before. Within 2 % (0.5 points) it counts as the same; with fewer than 5 runs before there is no comparison.',
        ],
      ]}
    />
  );
}
