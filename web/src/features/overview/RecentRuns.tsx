/** The newest runs, below everything that sums them up. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { globalFilter } from '~/api/filter';
import { recentRunsQuery } from '~/api/queries';
import { NoRuns } from '~/features/runs/NoRuns';
import { RunCards } from '~/features/runs/RunCards';
import { RunTable } from '~/features/runs/RunTable';
import { useSearchParams } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { Answer, Bone, Card } from '~/ui/Card';
import { phone, useMedia } from '~/ui/useMedia';

const shown = 25;

/** 25 runs, and the way to all of them. */
export function RecentRuns() {
  const search = useSearchParams();
  const asked = useQuery(recentRunsQuery(globalFilter(search), shown));
  const small = useMedia(phone);
  return (
    <Card
      title="Recent runs"
      busy={asked.isFetching && !asked.isPending}
      actions={
        <Link
          to="/runs"
          search={(before: Search) => keepGlobal(before)}
          className="inline-flex min-h-6 items-center text-control text-link hover:underline"
        >
          All runs →
        </Link>
      }
    >
      <Answer what="recent runs" asked={asked} skeleton={<Bone className="mx-3 mb-3 h-[900px]" />}>
        {(page) =>
          page.items.length === 0 ? (
            <NoRuns latest={page.latest_match_at} />
          ) : small ? (
            <RunCards runs={page.items} label="Recent runs" />
          ) : (
            <RunTable runs={page.items} label="Recent runs" />
          )
        }
      </Answer>
    </Card>
  );
}
