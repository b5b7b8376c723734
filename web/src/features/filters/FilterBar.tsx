/** The filters that every page shares: repository, workflow, branch, time window. */

import { useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { facetQuery } from '~/api/queries';
import { FacetFilter } from '~/features/filters/FacetFilter';
import { RangePicker } from '~/features/filters/RangePicker';
import { MoreFilters } from '~/features/runs/MoreFilters';
import { copyLink } from '~/features/shell/useGlobalKeys';
import { ViewsMenu } from '~/features/views/ViewsMenu';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { withoutFilters, type Search } from '~/lib/search';
import { Button, IconButton } from '~/ui/Button';
import { Part } from '~/ui/Part';
import { useZone } from '~/ui/zone';

const Sheet = lazy(() => import('~/features/filters/FilterSheet'));

/** How many filters are not at their default. */
export function activeFilters(search: Search): number {
  const { repo, workflow, branch, from, range } = search;
  const lists = [repo, workflow, branch].filter((values) => values !== undefined).length;
  return lists + (from !== undefined || range !== undefined ? 1 : 0);
}

/** The bar under the header; on a phone one button that opens a sheet. */
export function FilterBar() {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const { zone } = useZone();
  const active = activeFilters(search);
  return (
    <search
      id="filters"
      aria-label="Filters"
      tabIndex={-1}
      className="sticky top-12 z-10 flex min-h-11 items-center gap-2 border-b border-line bg-surface px-3 py-1.5 sm:px-4"
    >
      <PhoneFilters active={active} />
      <div className="hidden min-w-0 flex-wrap items-center gap-2 sm:flex">
        <Facets />
        <span aria-hidden="true" className="mx-1 h-5 w-px bg-line" />
        <RangePicker />
        <MoreFilters />
        {active > 0 && (
          <Button
            look="quiet"
            onClick={() => {
              setSearch(cleared(search));
            }}
          >
            Clear
          </Button>
        )}
      </div>
      <div className="ml-auto flex items-center gap-1">
        <ViewsMenu />
        <IconButton
          icon="link"
          label="Copy link to this view"
          keys="Shift C"
          onClick={() => {
            copyLink(zone);
          }}
        />
      </div>
    </search>
  );
}

/** The change that takes all filters away. */
export function cleared(search: Search): Record<string, undefined> {
  const kept = withoutFilters(search);
  const gone = Object.keys(search).filter((name) => !(name in kept));
  return Object.fromEntries(gone.map((name) => [name, undefined]));
}

/** The three lists of values. */
export function Facets() {
  // The page of a workflow is about that one alone.
  const onWorkflow = useRouterState({ select: (state) => state.location.pathname.startsWith('/w/') });
  return (
    <>
      {!onWorkflow && (
        <>
          <FacetFilter field="repo" name="Repository" all="all" />
          <FacetFilter field="workflow" name="Workflow" all="all" />
        </>
      )}
      <FacetFilter field="branch" name="Branch" all="default" />
    </>
  );
}

function PhoneFilters({ active }: { active: number }) {
  const [open, setOpen] = useState(false);
  // The first list of the sheet is asked for early, so that it does not open empty.
  useQuery({ ...facetQuery('repo', {}, ''), enabled: open });
  return (
    <div className="sm:hidden">
      <Button
        icon="filter"
        aria-haspopup="dialog"
        onClick={() => {
          setOpen(true);
        }}
      >
        Filters{active > 0 && ` (${active})`}
      </Button>
      {open && (
        <Part what="The filters">
          <Sheet
            close={() => {
              setOpen(false);
            }}
          />
        </Part>
      )}
    </div>
  );
}
