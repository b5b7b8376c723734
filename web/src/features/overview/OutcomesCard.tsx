/** What happened over time: outcomes above, durations below, on one axis of time. */

import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { addressOf } from '~/api/client';
import { globalFilter } from '~/api/filter';
import { durationsQuery, outcomesQuery } from '~/api/queries';
import type { DurationBucket, OutcomeBucket } from '~/api/types';
import { bucketName, granularityOf, whyNot } from '~/features/charts/buckets';
import { DataTable } from '~/features/charts/DataTable';
import { OutcomeBars } from '~/features/charts/OutcomeBars';
import { zoomedOut } from '~/features/filters/window';
import { count, percent } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { granularities, type Granularity, type Search } from '~/lib/search';
import { duration } from '~/lib/time';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Button, IconButton } from '~/ui/Button';
import { Menu } from '~/ui/Menu';
import { Part } from '~/ui/Part';
import { Popover } from '~/ui/Popover';
import { Segmented } from '~/ui/Segmented';
import { useZone } from '~/ui/zone';

const DurationLines = lazy(() => import('~/features/charts/DurationLines'));

const words = { hour: 'Hour', day: 'Day', week: 'Week' } as const;

interface OutcomesCardProps {
  className?: string;
  /** What to show instead of what the address says. */
  search?: Search;
}

/** Both charts. */
export function OutcomesCard({ className, search: given }: OutcomesCardProps) {
  const here = useSearchParams();
  const search = given ?? here;
  const setSearch = useSetSearch();
  const { zone } = useZone();
  const gran = granularityOf(search);
  const [share, setShare] = useState(false);
  const [table, setTable] = useState(false);
  const [cursor, setCursor] = useState<number | null>(null);
  const filter = globalFilter(search);
  const toFile = (series: string): string =>
    addressOf(`/api/v1/series/${series}.csv`, { ...filter, gran, tz: zone });
  const outcomes = useQuery(outcomesQuery(filter, gran, zone));
  const durations = useQuery(durationsQuery(filter, gran, zone));
  const isEmpty = outcomes.data?.buckets.every((bucket) => bucket.total === 0) === true;
  const zoom = (window: { from: string; to: string }): void => {
    setSearch({ ...window, range: undefined }, { replace: true });
  };
  return (
    <Card
      title="Outcomes and duration"
      {...(className === undefined ? {} : { className })}
      busy={outcomes.isFetching && !outcomes.isPending}
      actions={
        <>
          <Segmented<Granularity>
            label="Bucket size"
            choices={granularities.map((value) => ({
              value,
              label: words[value],
              disabled: whyNot(value, search),
            }))}
            value={gran}
            onChange={(value) => {
              setSearch({ gran: value });
            }}
          />
          <Segmented
            label="Scale"
            choices={[
              { value: 'count', label: 'Count' },
              { value: 'share', label: '%' },
            ]}
            value={share ? 'share' : 'count'}
            onChange={(value) => {
              setShare(value === 'share');
            }}
          />
          {search.from !== undefined && (
            <Button
              aria-keyshortcuts="t z"
              onClick={() => {
                setSearch(zoomedOut);
              }}
            >
              Zoom out
              <kbd aria-hidden="true" className="text-caption font-normal text-ink-2">t z</kbd>
            </Button>
          )}
          <Popover label="Export" icon="download" look="quiet" role="menu" align="end">
            {(close) => (
              <Menu
                close={close}
                items={[
                  { label: 'Outcomes as CSV', href: toFile('outcomes') },
                  { label: 'Durations as CSV', href: toFile('duration') },
                ]}
              />
            )}
          </Popover>
          <IconButton
            icon="table"
            label={table ? 'Show as charts' : 'Show as a table'}
            aria-pressed={table}
            onClick={() => {
              setTable(!table);
            }}
          />
        </>
      }
    >
      <figure className="px-3 pb-2">
        <Answer what="outcomes" asked={outcomes} skeleton={<Bone className="h-44 w-full" />}>
          {(data) =>
            isEmpty ? (
              <Empty title="No runs in this window">
                A longer window, or fewer filters, may show some.
              </Empty>
            ) : table ? (
              <Numbers outcomes={data.buckets} durations={durations.data?.buckets ?? []} gran={gran} />
            ) : (
              <OutcomeBars
                buckets={data.buckets}
                gran={gran}
                share={share}
                cursor={cursor}
                onCursor={setCursor}
                onWindow={zoom}
              />
            )
          }
        </Answer>
        {!table && !isEmpty && (
          <Answer what="durations" asked={durations} skeleton={<Bone className="mt-2 h-[169px] w-full" />}>
            {(data) => (
              <Part what="Average duration" waiting={<div className="mt-2 h-[169px]" />}>
                <DurationLines
                  buckets={data.buckets}
                  gran={gran}
                  cursor={cursor}
                  onCursor={setCursor}
                  onWindow={zoom}
                />
              </Part>
            )}
          </Answer>
        )}
        <figcaption className="mt-1 min-h-4 text-caption text-ink-2">
          {outcomes.data !== undefined && !isEmpty && summarise(outcomes.data.buckets, (bucket) => bucketName(bucket, gran, zone, 24))}
        </figcaption>
      </figure>
    </Card>
  );
}

function summarise(
  buckets: readonly OutcomeBucket[],
  name: (bucket: OutcomeBucket) => string,
): string {
  const failures = buckets.reduce((sum, bucket) => sum + bucket.failure, 0);
  if (failures === 0) return 'No failures in this window.';
  const worst = buckets.reduce((one, other) => (other.failure > one.failure ? other : one));
  return `Failures peaked on ${name(worst)} with ${count(worst.failure)} of ${count(worst.success + worst.failure)} finished runs.`;
}

interface NumbersProps {
  outcomes: readonly OutcomeBucket[];
  durations: readonly DurationBucket[];
  gran: Granularity;
}

function Numbers({ outcomes, durations, gran }: NumbersProps) {
  const { zone, hours } = useZone();
  const length = (seconds: number | null | undefined): string =>
    seconds == null ? '–' : duration(seconds);
  return (
    <DataTable
      caption="Outcomes and duration by time"
      heads={['When', 'Failed', 'Passed', 'Cancelled', 'Other', 'Open', 'Rate', 'Average', 'p50', 'p95']}
      rows={outcomes.map((bucket, index) => {
        const times = durations[index];
        const finished = bucket.success + bucket.failure;
        return [
          bucketName(bucket, gran, zone, hours),
          count(bucket.failure),
          count(bucket.success),
          count(bucket.cancelled),
          count(bucket.other),
          count(bucket.open),
          finished === 0 ? '–' : percent(bucket.success / finished),
          length(times?.avg_s),
          length(times?.p50_s),
          length(times?.p95_s),
        ];
      })}
    />
  );
}
