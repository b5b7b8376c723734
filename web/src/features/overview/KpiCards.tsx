/** The five numbers of the overview. */

import { useQuery } from '@tanstack/react-query';
import { globalFilter, windowSeconds } from '~/api/filter';
import { kpisQuery } from '~/api/queries';
import { KpiCard } from '~/features/overview/KpiCard';
import { LastBuild } from '~/features/overview/LastBuild';
import { useSearchParams } from '~/lib/router';
import { Card, Trouble } from '~/ui/Card';
import { useZone } from '~/ui/zone';

const keys = ['success_rate', 'total_runs', 'avg_duration', 'failed_24h'] as const;

/** Success rate, total runs, average duration, failures of 24 h, last build. */
export function KpiCards() {
  const search = useSearchParams();
  const { zone } = useZone();
  const asked = useQuery(kpisQuery(globalFilter(search), zone));
  if (asked.data === undefined && asked.error !== null) {
    return (
      <Card label="Key figures">
        <Trouble what="the key figures" error={asked.error} retry={asked.refetch} />
      </Card>
    );
  }
  const items = asked.data?.items;
  return (
    <section
      aria-label="Key figures"
      aria-busy={asked.isFetching}
      className="grid grid-cols-2 gap-3 @3xl:grid-cols-5"
    >
      {keys.map((key) => (
        <KpiCard
          key={key}
          name={key}
          kpi={items?.find((item) => item.key === key)}
          days={windowSeconds(search) / 86_400}
        />
      ))}
      <LastBuild
        kpi={items?.find((item) => item.key === 'last_build')}
        className="@max-3xl:order-first @max-3xl:col-span-2 @max-3xl:min-h-0"
      />
    </section>
  );
}
