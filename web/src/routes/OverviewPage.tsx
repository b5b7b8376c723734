/** Is main green? What changed? What do I fix first? */

import { KpiCards } from '~/features/overview/KpiCards';
import { OutcomesCard } from '~/features/overview/OutcomesCard';
import { RecentRuns } from '~/features/overview/RecentRuns';
import { VerdictBar } from '~/features/overview/VerdictBar';
import { Page } from '~/features/shell/Page';

/** The front page. */
export function OverviewPage() {
  return (
    <Page title={['Overview']} className="flex flex-col gap-3">
      <VerdictBar />
      <KpiCards />
      <OutcomesCard />
      <RecentRuns />
    </Page>
  );
}
