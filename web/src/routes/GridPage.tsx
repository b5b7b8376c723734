/** Since when, and where? */

import { GridCard } from '~/features/grid/GridCard';
import { Page } from '~/features/shell/Page';
import { Definitions } from '~/ui/Definitions';
import { useZone } from '~/ui/zone';

/** Workflows against time, red ones first. */
export function GridPage() {
  const { zone } = useZone();
  return (
    <Page title={['Grid']}>
      <GridCard zone={zone} />
      <Definitions
        className="mt-3"
        terms={[
          ['Failed', 'The last run of the column failed.'],
          ['Flaky (~)', 'Some run failed or passed only on a later attempt, but the last one passed.'],
          ['Success', 'All runs of the column passed.'],
          ['Hatched', 'Only cancelled runs. Hollow: only skipped ones. Dotted: none.'],
          ['Red since', 'When the first failure after the last success ended.'],
        ]}
      />
    </Page>
  );
}
