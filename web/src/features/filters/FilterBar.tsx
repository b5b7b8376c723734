/** The filters that every page shares: repository, workflow, branch, time window. */

import { useQuery } from '@tanstack/react-query';
import { lazy } from 'react';
import { facetQuery } from '~/api/queries';
import { activeFilters, cleared, usePath } from '~/features/filters/choosing';
import { FacetFilter } from '~/features/filters/FacetFilter';
import { RangePicker } from '~/features/filters/RangePicker';
import { useFilterSheet } from '~/features/filters/useFilterSheet';
import { MoreFilters } from '~/features/runs/MoreFilters';
import { copyLink } from '~/features/shell/useGlobalKeys';
import { ViewsMenu } from '~/features/views/ViewsMenu';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Button, IconButton } from '~/ui/Button';
import { Part } from '~/ui/Part';
import { useZone } from '~/ui/zone';

const Sheet = lazy(() => import('~/features/filters/FilterSheet'));

/** The bar under the header; on a phone one button that opens a sheet. */
export function FilterBar() {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const { zone } = useZone();
  const path = usePath();
  const active = activeFilters(search, path);
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
              setSearch((latest) => cleared(latest, path));
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

/** The three lists of values. */
export function Facets() {
  // The page of a workflow is about that one alone.
  const onWorkflow = usePath().startsWith('/w/');
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
  const sheet = useFilterSheet();
  // The first list of the sheet is asked for early, so that it does not open empty.
  useQuery({ ...facetQuery('repo', {}, ''), enabled: sheet.isOpen });
  return (
    <div className="sm:hidden">
      <Button icon="filter" aria-haspopup="dialog" onClick={sheet.open}>
        Filters{active > 0 && ` (${active})`}
      </Button>
      {sheet.isOpen && (
        <Part what="The filters">
          <Sheet close={sheet.close} />
        </Part>
      )}
    </div>
  );
}
