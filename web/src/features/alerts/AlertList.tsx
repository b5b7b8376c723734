/** The alerts that pass the filters of the page, to be marked, walked through and acted on. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { alertsQuery } from '~/api/alertQueries';
import { AlertFilters, alertFilter, isNarrowed, noFilters, type Shown } from '~/features/alerts/AlertFilters';
import { AlertRow } from '~/features/alerts/AlertRow';
import { AlertSelection } from '~/features/alerts/AlertSelection';
import { useAlertKeys } from '~/features/alerts/useAlertKeys';
import { count, counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';

/** A hundred at first, and more on demand. */
export function AlertList() {
  const filter = alertFilter(useSearchParams());
  const asked = useInfiniteQuery(alertsQuery(filter));
  const list = useRef<HTMLUListElement>(null);
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const alerts = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = alerts.filter((alert) => marked.has(alert.id));
  const clear = (): void => { setMarked(new Set()); };
  const mark = (id: number): void => {
    const after = new Set(marked);
    if (!after.delete(id)) after.add(id);
    setMarked(after);
  };
  useAlertKeys(list, { mark, clear, hasMarked: chosen.length > 0 });
  const total = asked.data?.pages[0]?.total ?? 0;
  const isAll = alerts.length > 0 && chosen.length === alerts.length;
  return (
    <>
      <AlertFilters />
      <Card label="List of alerts" busy={asked.isFetching && !asked.isPending}>
        <Answer what="the alerts" asked={asked} skeleton={<Bone className="m-3 h-24" />}>
          {() =>
            alerts.length === 0 ? (
              <Nothing state={filter.state} narrowed={isNarrowed(filter)} />
            ) : (
              <>
                <label className="flex min-h-9 w-fit items-center gap-3 px-3 text-caption text-ink-2 coarse:min-h-11">
                  <span className="grid size-6 place-items-center coarse:size-11">
                    <input type="checkbox" checked={isAll} onChange={() => { setMarked(new Set(isAll ? [] : alerts.map(({ id }) => id))); }} />
                  </span>
                  {counted(total, 'alert')}
                  <span className="sr-only">, mark all that are listed</span>
                </label>
                <ul ref={list} aria-label="Alerts" className="divide-y divide-line border-t border-line">
                  {alerts.map((alert) => (
                    <AlertRow
                      key={alert.id}
                      alert={alert}
                      marking={{ isMarked: marked.has(alert.id), toggle: () => { mark(alert.id); } }}
                    />
                  ))}
                </ul>
                {asked.hasNextPage && (
                  <p className="border-t border-line p-3">
                    <Button disabled={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
                      Show more ({count(total - alerts.length)} left)
                    </Button>
                  </p>
                )}
              </>
            )
          }
        </Answer>
      </Card>
      <AlertSelection alerts={chosen} clear={clear} />
    </>
  );
}

const nothing: Readonly<Record<Shown, string>> = {
  open: 'Nothing is burning', firing: 'Nothing is firing', acknowledged: 'Nobody has taken an alert',
  muted: 'Nothing is muted', resolved: 'Nothing was resolved yet', all: 'No alert yet',
};

function Nothing({ state, narrowed }: { state: Shown; narrowed: boolean }) {
  const setSearch = useSetSearch();
  if (narrowed) {
    return (
      <Empty
        title="No alert passes these filters"
        actions={<Button onClick={() => { setSearch(noFilters); }}>Clear filters</Button>}
      />
    );
  }
  return (
    <div className="pt-2">
      <Empty
        title={nothing[state]}
        actions={state === 'open' && <Button onClick={() => { setSearch({ state: 'resolved' }); }}>Show resolved alerts</Button>}
      >
        {state === 'open' && 'Alerts appear here the moment a rule fires, and leave when it is over.'}
      </Empty>
    </div>
  );
}
