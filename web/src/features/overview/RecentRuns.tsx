/** The newest runs, below everything that sums them up. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { globalFilter } from '~/api/filter';
import { recentRunsQuery } from '~/api/queries';
import type { Run, RunPage } from '~/api/types';
import { Newcomers } from '~/features/runs/Newcomers';
import { NoRuns } from '~/features/runs/NoRuns';
import { RunCards } from '~/features/runs/RunCards';
import { RunTable } from '~/features/runs/RunTable';
import { useNewRuns } from '~/features/runs/useNewRuns';
import { pageWithNew } from '~/features/runs/useRunPages';
import { useSearchParams } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { Answer, Bone, Card } from '~/ui/Card';
import { phone, useMedia } from '~/ui/useMedia';

const shown = 25;

function withNew(page: RunPage | undefined, run: Run): RunPage | undefined {
  if (page === undefined) return page;
  const after = pageWithNew(page, run);
  return { ...after, items: after.items.slice(0, shown) };
}

/** 25 runs, and the way to all of them. */
export function RecentRuns() {
  const search = useSearchParams();
  const options = recentRunsQuery(globalFilter(search), shown);
  const asked = useQuery(options);
  const newcomers = useNewRuns<RunPage>(options.queryKey, withNew);
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
      <Newcomers count={newcomers.held} show={newcomers.show} />
      <Answer what="recent runs" asked={asked} skeleton={<Bone className="mx-3 mb-3 h-[900px]" />}>
        {(page) =>
          page.items.length === 0 ? (
            <NoRuns latest={page.latest_match_at} />
          ) : small ? (
            <RunCards runs={page.items} label="Recent runs" />
          ) : (
            <RunTable runs={page.items} label="Recent runs" fresh={newcomers.fresh} />
          )
        }
      </Answer>
    </Card>
  );
}
