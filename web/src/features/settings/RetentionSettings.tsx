/** How long things are kept, and what the daily clean-up would delete now. */

import { useQuery } from '@tanstack/react-query';
import { retentionQuery } from '~/api/queries';
import { bytes, count, counted } from '~/lib/numbers';
import { useNow } from '~/lib/ticker';
import { shortDate } from '~/lib/time';
import { Answer, Bone, Card } from '~/ui/Card';
import { useZone } from '~/ui/zone';

const names: Readonly<Record<string, string>> = {
  payloads: 'Raw payloads',
  deliveries: 'Deliveries',
  other_logs: 'Other logs',
  logs: 'Logs of failed jobs',
  jobs: 'Jobs and steps',
  runs: 'Runs',
  hours: 'Hourly aggregates',
  days: 'Daily aggregates',
};

const head = 'border-b border-line px-3 py-1.5 text-left text-caption font-medium text-ink-2';

/** A table; the periods themselves are settings of the server. */
export function RetentionSettings() {
  const asked = useQuery(retentionQuery);
  const { zone } = useZone();
  const now = useNow(3600);
  return (
    <Card title="What is kept" busy={asked.isFetching && !asked.isPending}>
      <Answer what="the retention" asked={asked} skeleton={<Bone className="m-3 h-48" />}>
        {(data) => (
          <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Table of what is kept">
            <table className="w-full text-control whitespace-nowrap">
              <thead>
                <tr>
                  <th scope="col" className={head}>What</th>
                  <th scope="col" className={head}>Kept</th>
                  <th scope="col" className={head}>Oldest</th>
                  <th scope="col" className={`${head} text-right`}>Would be deleted now</th>
                </tr>
              </thead>
              <tbody>
                {data.classes.map((one) => (
                  <tr key={one.kind} className="border-b border-line last:border-0">
                    <th scope="row" className="px-3 py-2 text-left font-medium">
                      {names[one.kind] ?? one.kind}
                    </th>
                    <td className="px-3">
                      {one.keep_days === null ? 'for ever' : `for ${counted(one.keep_days, 'day')}`}
                    </td>
                    <td className="px-3 text-ink-2">
                      {one.oldest === null ? '–' : shortDate(one.oldest, zone, now)}
                    </td>
                    <td className="px-3 text-right">
                      {one.count === 0
                        ? 'nothing'
                        : `${count(one.count)}${one.bytes > 0 ? ` (${bytes(one.bytes)})` : ''}`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Answer>
      <p className="px-3 py-3 text-caption text-ink-2">
        The periods are settings of the server: PULSEBOARD_RETENTION_… in its environment. Deleting
        runs leaves the aggregates as they are, so totals of whole days stay true.
      </p>
    </Card>
  );
}
