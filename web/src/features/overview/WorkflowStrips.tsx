/** The workflows on the branches chosen, worst first, each with its newest runs. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { globalFilter } from '~/api/filter';
import { stripsQuery } from '~/api/queries';
import type { StripRow } from '~/api/types';
import { Strip } from '~/features/overview/Strip';
import { workflowLink } from '~/features/workflow/link';
import { NameInRepo } from '~/features/workflow/NameInRepo';
import { percent } from '~/lib/numbers';
import { useSearchParams } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { ago, duration, since } from '~/lib/time';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { useZone } from '~/ui/zone';

const shown = 8;

/** A row a workflow; the strip takes what room there is. */
export function WorkflowStrips() {
  const search = useSearchParams();
  const filter = globalFilter(search);
  const asked = useQuery(stripsQuery(filter, shown));
  const total = asked.data?.total ?? 0;
  return (
    <Card
      title="Workflows, worst first"
      busy={asked.isFetching && !asked.isPending}
      actions={
        <>
          <Link
            to="/grid"
            search={(before: Search) => keepGlobal(before)}
            className="inline-flex min-h-6 items-center text-control text-link hover:underline"
          >
            {total > shown ? `All ${total} in the grid →` : 'Grid →'}
          </Link>
          <CsvLink label="Export the strips as CSV" path="strips" params={{ ...filter, limit: shown }} />
        </>
      }
    >
      <Answer what="the workflows" asked={asked} skeleton={<Bone className="mx-3 mb-3 h-64" />}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title="No workflow has run here">Choose a longer window or fewer filters.</Empty>
          ) : (
            <div className="pb-2">
              <Heads />
              {data.rows.map((row) => (
                <Row key={`${row.repo} ${row.workflow_id}`} row={row} />
              ))}
              <Ends rows={data.rows} />
            </div>
          )
        }
      </Answer>
    </Card>
  );
}

const template =
  'grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-3 sm:grid-cols-[minmax(120px,240px)_minmax(0,1fr)_64px_72px_120px]';

function Heads() {
  return (
    <div aria-hidden="true" className={`${template} hidden h-6 text-caption text-ink-2 sm:grid`}>
      <span>Workflow</span>
      <span className="text-right">Newest run on the right</span>
      <span className="text-right">Rate</span>
      <span className="text-right">p50</span>
      <span>Red since</span>
    </div>
  );
}

function Row({ row }: { row: StripRow }) {
  const { zone, hours } = useZone();
  const now = useNow(60);
  const name = `${row.repo} · ${row.workflow}`;
  return (
    <div className={`${template} min-h-8 py-1 hover:bg-hover sm:py-0`}>
      <Link
        {...workflowLink(row.repo, row.workflow)}
        className="inline-flex min-h-6 min-w-0 items-center text-control hover:underline"
        title={name}
      >
        <NameInRepo repo={row.repo} workflow={row.workflow} />
      </Link>
      <span className="text-right text-control sm:order-2">
        {row.success_rate === null ? '–' : percent(row.success_rate)}
      </span>
      <div className="col-span-2 min-w-0 sm:order-1 sm:col-span-1">
        <Strip label={`Newest runs of ${name}`} cells={row.cells} />
      </div>
      <span className="hidden text-right text-control text-ink-2 sm:order-3 sm:block">
        {row.p50_s === null ? '–' : duration(row.p50_s)}
      </span>
      <span className="col-span-2 truncate text-control text-fail sm:order-4 sm:col-span-1">
        {row.red_since !== null && (
          <>
            <span className="sm:sr-only">red since </span>
            {since(row.red_since, zone, now, hours)}
          </>
        )}
      </span>
    </div>
  );
}

function Ends({ rows }: { rows: readonly StripRow[] }) {
  const { zone } = useZone();
  const now = useNow(60);
  const newest = rows.flatMap((row) => row.cells.slice(-1)).map((cell) => Date.parse(cell.at));
  if (newest.length === 0) return null;
  return (
    <p className="px-3 pt-1 text-caption text-ink-2">
      The newest run shown was {ago(Math.max(...newest), now, zone)}.
    </p>
  );
}
