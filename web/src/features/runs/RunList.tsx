/** The list of runs with its tools: search, filters, columns, order, export. */

import { useState } from 'react';
import { runFilter } from '~/api/filter';
import { addressOf } from '~/api/client';
import { Newcomers } from '~/features/runs/Newcomers';
import { NoRuns } from '~/features/runs/NoRuns';
import { RunCards } from '~/features/runs/RunCards';
import { RunChips } from '~/features/runs/RunChips';
import { RunTable } from '~/features/runs/RunTable';
import { RunTools } from '~/features/runs/RunTools';
import { Selection } from '~/features/runs/Selection';
import { mostRuns, useRunPages } from '~/features/runs/useRunPages';
import { totalOf } from '~/api/runLists';
import type { RunPage } from '~/api/types';
import { count, counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { defaultSort } from '~/lib/search';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { phone, useMedia } from '~/ui/useMedia';

/** The page's first sentence counts; below it are the runs. */
export function RunList() {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const pages = useRunPages();
  const small = useMedia(phone);
  const [marked, setMarked] = useState<ReadonlySet<number>>(new Set());
  const mark = (id: number): void => {
    const after = new Set(marked);
    if (!after.delete(id)) after.add(id);
    setMarked(after);
  };
  const { asked, runs, first } = pages;
  const toFile = addressOf('/api/v1/runs/export.csv', runFilter(search));
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 tabIndex={-1} className="text-title font-semibold">
          <span className="sr-only">Runs: </span>
          <span role="status">{first === undefined ? 'Runs' : sentence(first)}</span>
        </h1>
        <RunTools toFile={toFile} />
      </div>
      <RunChips />
      <Card label="Runs" busy={asked.isFetching && !asked.isPending && !asked.isFetchingNextPage}>
        <Newcomers count={pages.held} show={pages.show} />
        <Answer
          what="runs"
          asked={{ ...asked, data: asked.data === undefined ? undefined : runs }}
          skeleton={<Skeleton />}
        >
          {() =>
            runs.length === 0 ? (
              <div className="pt-3">
                <NoRuns latest={first?.latest_match_at ?? null} />
              </div>
            ) : small ? (
              <>
                <RunCards runs={runs} label="Runs" />
                {asked.hasNextPage && (
                  <Button className="m-3" onClick={pages.more}>
                    Show more
                  </Button>
                )}
              </>
            ) : (
              <RunTable
                label="Runs"
                runs={runs}
                total={first?.total ?? null}
                sort={search.sort ?? defaultSort}
                onSort={(key) => {
                  setSearch(({ sort = defaultSort }) => ({ sort: sort === `-${key}` ? key : `-${key}` }));
                }}
                marked={marked}
                onMark={mark}
                fresh={pages.fresh}
                onEnd={pages.more}
              />
            )
          }
        </Answer>
        {asked.isFetchingNextPage && (
          <p className="p-3 text-control text-ink-2" role="status">
            Loading more…
          </p>
        )}
        {runs.length >= mostRuns && (
          <p className="p-3 text-control text-ink-2">
            {count(mostRuns)} runs are shown. Narrow the filters, or{' '}
            <a href={toFile} download className="text-link underline">
              take all of them as a file
            </a>
            .
          </p>
        )}
      </Card>
      <Selection
        runs={runs.filter((run) => marked.has(run.id))}
        clear={() => {
          setMarked(new Set());
        }}
      />
    </>
  );
}

function sentence(page: RunPage): string {
  const total = totalOf(page);
  const failed = page.counts?.by_status.failure ?? 0;
  if (total === 0) return 'No runs';
  return `${counted(total, 'run')}, ${failed === 0 ? 'none' : count(failed)} failed`;
}

function Skeleton() {
  return (
    <div className="flex flex-col">
      {Array.from({ length: 18 }, (_one, index) => (
        <div key={index} className="flex h-9 items-center gap-4 border-b border-line px-3">
          <Bone className="h-5 w-20" />
          <Bone className="h-4 w-16" />
          <Bone className="h-4 flex-1" />
          <Bone className="h-4 w-32" />
        </div>
      ))}
    </div>
  );
}
