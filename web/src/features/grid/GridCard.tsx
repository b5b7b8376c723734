/** Since when, and where: workflows against time. */

import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { globalFilter } from '~/api/filter';
import { timeGridQuery } from '~/api/queries';
import type { GridRow, TimeGrid } from '~/api/types';
import { granularityOf, whyNot } from '~/features/charts/buckets';
import { GridStrips } from '~/features/grid/GridStrips';
import { HeatGrid } from '~/features/grid/HeatGrid';
import { groupRows } from '~/features/grid/rows';
import { NoRuns } from '~/features/runs/NoRuns';
import { counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import type { CellSize, Granularity } from '~/lib/search';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { Segmented } from '~/ui/Segmented';
import { phone, useMedia } from '~/ui/useMedia';

/** More cells than this are slow to draw and no easier to read. */
const mostCells = 5000;
const fewestRows = 20;

const words = { hour: 'Hour', day: 'Day', week: 'Week' } as const;

/** The page's first sentence, its tools, and the grid. */
export function GridCard({ zone }: { zone: string }) {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const small = useMedia(phone);
  const gran = granularityOf(search);
  const asked = useQuery(timeGridQuery(globalFilter(search), gran, zone));
  const onlyFailing = search.only === 'failing';
  const hideGreen = search.hide === 'green';
  const [screens, setScreens] = useState(1);
  const rows = (asked.data?.rows ?? []).filter(
    (row) => (!onlyFailing || row.is_red) && (!hideGreen || !isAllGreen(row)),
  );
  const columns = asked.data?.columns.length ?? 1;
  const shown = rows.slice(0, screens * Math.max(fewestRows, Math.floor(mostCells / columns)));
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 tabIndex={-1} className="text-title font-semibold">
          <span className="sr-only">Grid: </span>
          {asked.data === undefined ? 'Workflows over time' : sentence(asked.data)}
        </h1>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Toggle label="Only failing" name="only" value="failing" />
          <Toggle label="Hide all-green" name="hide" value="green" />
          {!small && <Toggle label="Group by repository" name="group" value="none" inverse />}
          <span className="flex flex-wrap items-center gap-2">
            <Segmented<Granularity>
              label="Column size"
              choices={(['hour', 'day', 'week'] as const).map((value) => ({
                value,
                label: words[value],
                disabled: whyNot(value, search),
              }))}
              value={gran}
              onChange={(value) => {
                setSearch({ gran: value });
              }}
            />
            {!small && (
              <Segmented<CellSize>
                label="Cell size"
                choices={[
                  { value: 'compact', label: 'S' },
                  { value: 'default', label: 'M' },
                  { value: 'large', label: 'L' },
                ]}
                value={search.cells ?? 'default'}
                onChange={(cells) => {
                  setSearch({ cells });
                }}
              />
            )}
            <CsvLink
              label="Export as CSV"
              path="grid/time"
              params={{ ...globalFilter(search), gran, tz: zone }}
              look="plain"
            />
          </span>
        </div>
      </div>
      <Card label="Grid" busy={asked.isFetching && !asked.isPending}>
        <Answer what="the grid" asked={asked} skeleton={<Bone className="m-3 h-[480px]" />}>
          {(data) =>
            data.rows.length === 0 ? (
              <div className="pt-3">
                <NoRuns latest={null} />
              </div>
            ) : rows.length === 0 ? (
              <p className="p-4">
                {onlyFailing ? 'Nothing is failing.' : 'Everything here has been green all along.'}
              </p>
            ) : small ? (
              <GridStrips rows={shown} columns={data.columns} gran={gran} />
            ) : (
              <HeatGrid
                groups={groupRows(shown, search.group !== 'none')}
                columns={data.columns}
                gran={gran}
                sizing={search.cells ?? 'default'}
              />
            )
          }
        </Answer>
        {asked.data !== undefined && (rows.length > shown.length || asked.data.total > asked.data.rows.length) && (
          <Rest data={asked.data} shown={shown.length} left={rows.length - shown.length}>
            <Button
              onClick={() => {
                setScreens(screens + 1);
              }}
            >
              Show more
            </Button>
          </Rest>
        )}
      </Card>
    </>
  );
}

interface RestProps {
  data: TimeGrid;
  shown: number;
  /** How many more are at hand. */
  left: number;
  children: ReactNode;
}

function Rest({ data, shown, left, children }: RestProps) {
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line px-3 py-2 text-caption text-ink-2">
      The worst {shown} of {data.total} workflows.
      {left > 0 ? children : 'Filters show the others.'}
    </div>
  );
}

function isAllGreen(row: GridRow): boolean {
  return row.cells.every((cell) => cell.s === 'success' || cell.s === 'none' || cell.s === 'skipped');
}

function sentence(grid: TimeGrid): string {
  const red = grid.rows.filter((row) => row.is_red).length;
  if (grid.total === 0) return 'No workflow has run in this window';
  if (red === 0) return `No workflow of ${grid.total} is red`;
  return `${red} of ${counted(grid.total, 'workflow')} ${red === 1 ? 'is' : 'are'} red`;
}

interface ToggleProps {
  label: string;
  name: 'only' | 'hide' | 'group';
  /** What the address says when it does; the box is checked then, or unchecked if `inverse`. */
  value: string;
  inverse?: boolean;
}

function Toggle({ label, name, value, inverse = false }: ToggleProps) {
  const isSaid = useSearchParams()[name] === value;
  const setSearch = useSetSearch();
  return (
    <label className="inline-flex h-7 cursor-pointer items-center gap-1.5 text-control coarse:min-h-11">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={isSaid !== inverse}
        onChange={() => {
          setSearch((latest) => ({ [name]: latest[name] === value ? undefined : value }));
        }}
      />
      {label}
    </label>
  );
}
