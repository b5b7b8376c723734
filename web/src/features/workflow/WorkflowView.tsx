/** One workflow: how it is in a sentence, its newest runs, its charts, its list. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { globalFilter, type Filter } from '~/api/filter';
import { kpisQuery, recentRunsQuery, stripsQuery } from '~/api/queries';
import type { Kpi, StripRow } from '~/api/types';
import { OutcomesCard } from '~/features/overview/OutcomesCard';
import { Strip } from '~/features/overview/Strip';
import { NoRuns } from '~/features/runs/NoRuns';
import { RunCards } from '~/features/runs/RunCards';
import { RunTable } from '~/features/runs/RunTable';
import { BadgeSnippet } from '~/features/workflow/BadgeSnippet';
import { WorkflowJobs } from '~/features/workflow/WorkflowJobs';
import { percent } from '~/lib/numbers';
import { useSearchParams } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { duration, since } from '~/lib/time';
import { Answer, Bone, Card, Trouble } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { StatusIcon } from '~/ui/StatusIcon';
import { phone, useMedia } from '~/ui/useMedia';
import { useZone } from '~/ui/zone';

const shown = 25;

interface WorkflowViewProps {
  repo: string;
  workflow: string;
}

/** The filters of the page hold, with this workflow chosen. */
export function WorkflowView({ repo, workflow }: WorkflowViewProps) {
  const search: Search = { ...useSearchParams(), repo: [repo], workflow: [workflow] };
  const filter = globalFilter(search);
  const strips = useQuery(stripsQuery(filter, 1));
  const row = strips.data?.rows[0];
  const runs = useQuery(recentRunsQuery(filter, shown));
  const neverRan = runs.data?.items.length === 0 && runs.data.latest_match_at === null;
  return (
    <>
      <Headline filter={filter} repo={repo} workflow={workflow} rows={strips.data?.rows} neverRan={neverRan} />
      {(strips.data === undefined || row !== undefined) && (
        <Card
          title="Newest runs"
          className="pb-3"
          busy={strips.isFetching && !strips.isPending}
          actions={<CsvLink label="Export the newest runs as CSV" path="strips" params={{ ...filter, limit: 1 }} />}
        >
          <Answer what="the newest runs" asked={strips} skeleton={<Bone className="mx-3 h-6" />}>
            {() => (
              <div className="px-3">
                <Strip label={`Newest runs of ${workflow}`} cells={row?.cells ?? []} />
              </div>
            )}
          </Answer>
        </Card>
      )}
      {!neverRan && <OutcomesCard search={search} />}
      {row !== undefined && <WorkflowJobs id={row.workflow_id} filter={filter} />}
      <Runs filter={filter} search={search} />
      {!neverRan && <BadgeSnippet repo={repo} workflow={workflow} />}
    </>
  );
}

interface HeadlineProps extends WorkflowViewProps {
  filter: Filter;
  /** The workflow, if it ran; unknown while nobody has answered. */
  rows: readonly StripRow[] | undefined;
  neverRan: boolean;
}

function Headline({ filter, repo, workflow, rows, neverRan }: HeadlineProps) {
  const { zone, hours } = useZone();
  const now = useNow(60);
  const asked = useQuery(kpisQuery(filter, zone));
  const find = (key: string): Kpi | undefined => asked.data?.items.find((item) => item.key === key);
  const rate = find('success_rate')?.value;
  const { p50_s: p50 } = (find('avg_duration')?.extra ?? {}) as {
    p50_s?: number | null;
  };
  const row = rows?.[0];
  const isRed = row?.is_red === true;
  const red = row?.red_since ?? null;
  const known = row?.cells.some((cell) => cell.status === 'success') === true;
  const parts = [
    rate == null ? null : `success ${percent(rate)}`,
    p50 == null ? null : `p50 ${duration(p50)}`,
  ].filter((part) => part !== null);
  return (
    <section
      aria-label="In short"
      className={clsx(
        'flex items-start gap-3 rounded-card border px-4 py-3',
        isRed ? 'border-fail/50 bg-fail-tint [--mark:var(--fail-tint)]' : 'border-line bg-surface',
      )}
    >
      <StatusIcon
        status={isRed ? 'failure' : known ? 'success' : 'none'}
        size={28}
        className={clsx('mt-0.5', isRed ? 'text-fail' : known ? 'text-ok' : 'text-ink-3')}
      />
      <div className="min-w-0">
        <h1 tabIndex={-1} className={clsx('text-verdict font-semibold break-words', isRed && 'text-fail-tint-on')}>
          {workflow}{' '}
          {isRed
            ? `is red${red === null ? '' : ` since ${since(red, zone, now, hours)}`}`
            : known
              ? 'is green'
              : neverRan
                ? 'has never run here'
                : rows !== undefined && 'has not finished a run in this window'}
        </h1>
        <p className="text-ink">
          <span className="text-ink-2">{repo}</span>
          {parts.length > 0 && ` · ${parts.join(' · ')}`}
        </p>
        {asked.data === undefined && asked.error !== null && (
          <div className="-mx-3 -mb-3">
            <Trouble what="the figures" error={asked.error} retry={asked.refetch} />
          </div>
        )}
      </div>
    </section>
  );
}

function Runs({ filter, search }: { filter: Filter; search: Search }) {
  const asked = useQuery(recentRunsQuery(filter, shown));
  const small = useMedia(phone);
  return (
    <Card
      title="Runs"
      busy={asked.isFetching && !asked.isPending}
      actions={
        <Link
          to="/runs"
          search={() => keepGlobal(search)}
          className="inline-flex min-h-6 items-center text-control text-link hover:underline"
        >
          All runs →
        </Link>
      }
    >
      <Answer what="runs" asked={asked} skeleton={<Bone className="mx-3 mb-3 h-96" />}>
        {(page) =>
          page.items.length === 0 ? (
            <NoRuns latest={page.latest_match_at} />
          ) : small ? (
            <RunCards runs={page.items} label="Runs" />
          ) : (
            <RunTable runs={page.items} label="Runs" />
          )
        }
      </Answer>
    </Card>
  );
}
