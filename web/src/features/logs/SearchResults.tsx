/** What a search through all logs has found so far, and how far it has come. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode } from 'react';
import { globalFilter } from '~/api/filter';
import { logSearchQuery } from '~/api/logs';
import type { LogHits, LogSearchPage } from '~/api/types';
import { writeHash } from '~/features/logs/hash';
import { addCounts, addGroups, useCounting, type Counting } from '~/features/logs/useCounting';
import { count, counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { anyBranch } from '~/lib/search';
import { shownStatus } from '~/lib/status';
import { Button } from '~/ui/Button';
import { Answer, Bone, Empty } from '~/ui/Card';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

type Wanted = ReturnType<typeof useWanted>;

function useWanted(term: string) {
  const search = useSearchParams();
  return {
    ...globalFilter(search),
    q: term,
    status: search.status,
    regex: search.regex === '1' ? 1 : undefined,
    case: search.case === '1' ? 1 : undefined,
  };
}

/** The lines that a term finds under the filters of the page. */
export function SearchResults({ term }: { term: string }) {
  const wanted = useWanted(term);
  const asked = useInfiniteQuery(logSearchQuery(wanted));
  const wrong = asked.error?.fields.find(({ field }) => field === 'q');
  if (wrong !== undefined) {
    return <Empty title="This cannot be looked for">The search {wrong.message}.</Empty>;
  }
  return (
    <Answer what="the search" asked={asked} skeleton={<Bone className="m-3 h-64" />}>
      {({ pages }) => {
        const [first] = pages;
        if (first === undefined) return null;
        return (
          <Found
            // What is counted belongs to one search.
            key={JSON.stringify(wanted)}
            wanted={wanted}
            first={first}
            pages={pages}
            more={asked.hasNextPage ? () => void asked.fetchNextPage() : null}
            isLoading={asked.isFetchingNextPage}
          />
        );
      }}
    </Answer>
  );
}

interface FoundProps {
  wanted: Wanted;
  first: LogSearchPage;
  pages: readonly LogSearchPage[];
  more: (() => void) | null;
  isLoading: boolean;
}

function Found({ wanted, first, pages, more, isLoading }: FoundProps) {
  const { counting, stop, resume } = useCounting(wanted, first.next_cursor);
  const groups = groupsOf(first, pages, counting);
  const shown = pages.reduce((sum, page) => sum + linesShown(page), 0);
  const lines = groups.reduce((sum, group) => sum + group.count, 0);
  if (lines === 0 && counting.state === 'done') return <Nothing searched={first} counting={counting} />;
  return (
    <>
      <Progress lines={lines} first={first} counting={counting} stop={stop} resume={resume} />
      <Narrow groups={groups} term={termOf(wanted)} />
      {groups.map((group) => (
        <Group key={group.key} group={group} />
      ))}
      {more !== null && shown < lines && (
        <div className="border-t border-line p-3">
          <Button disabled={isLoading} onClick={more}>
            {isLoading ? 'Searching…' : `Show more of the ${counted(lines - shown, 'line')} left`}
          </Button>
        </div>
      )}
    </>
  );
}

function linesShown(page: LogSearchPage): number {
  return page.groups.reduce((sum, group) => sum + group.hits.length, 0);
}

interface ProgressProps {
  lines: number;
  first: LogSearchPage;
  counting: Counting;
  stop: () => void;
  resume: () => void;
}

const endings = {
  counting: ' so far…',
  stopped: ' so far. Stopped.',
  late: ' so far. Stopped after ten seconds.',
  failed: ' so far. The server did not answer in time.',
  done: '.',
} as const;

function Progress({ lines, first, counting, stop, resume }: ProgressProps) {
  const last = counting.last ?? first;
  const lost = first.unreadable + counting.unreadable;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pb-2">
      <p role="status" className="text-control text-ink-2">
        <strong className="font-semibold text-ink">{counted(lines, 'line')}</strong> in {count(last.searched)} of{' '}
        {counted(last.total, 'log')}
        {endings[counting.state]}
        {lost > 0 && ` ${counted(lost, 'log')} could not be read.`}
      </p>
      {counting.state === 'counting' && <Button onClick={stop}>Stop</Button>}
      {counting.state !== 'counting' && counting.state !== 'done' && (
        <Button onClick={resume}>Count on</Button>
      )}
      {counting.state === 'counting' && (
        <progress
          aria-label="Logs searched"
          className="h-1.5 w-32 accent-accent"
          max={Math.max(last.total, 1)}
          value={last.searched}
        />
      )}
    </div>
  );
}

function Nothing({ searched, counting }: { searched: LogSearchPage; counting: Counting }) {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const { total } = counting.last ?? searched;
  const isWide = search.branch?.includes(anyBranch) === true && search.range === '30d';
  return (
    <Empty
      title={total === 0 ? 'There are no logs to search here' : `No line of ${counted(total, 'log')} has it`}
      actions={
        !isWide && (
          <Button onClick={() => { setSearch({ branch: [anyBranch], range: '30d', from: undefined, to: undefined }); }}>
            Search all branches, 30 days
          </Button>
        )
      }
    >
      {total === 0
        ? 'The filters above leave no job whose log is kept. Logs are kept of failed jobs, unless the settings say otherwise.'
        : 'Fewer words find more. A text with a minus or a colon in it can be put in quotes.'}
    </Empty>
  );
}

/** Put what was shown and what was counted together, in the order in which it was found. */
function groupsOf(first: LogSearchPage, pages: readonly LogSearchPage[], counting: Counting): LogHits[] {
  const listed = pages.reduce<ReadonlyMap<string, LogHits>>(
    (groups, page) => addGroups(groups, page.groups),
    new Map(),
  );
  const all = addGroups(addGroups(new Map(), first.groups), [...counting.groups.values()]);
  const keys = new Set([...listed.keys(), ...all.keys()]);
  return [...keys].flatMap((key) => {
    const group = listed.get(key) ?? all.get(key);
    if (group === undefined) return [];
    const most = Math.max(listed.get(key)?.count ?? 0, all.get(key)?.count ?? 0);
    const { first: oldest, branches, statuses } = all.get(key) ?? group;
    return { ...group, count: most, first: oldest, branches, statuses };
  });
}

const facetWords = ['workflow', 'job', 'branch', 'status'] as const;

/** The most frequent values of what was found, for each word that has more than one. */
function facetsOf(groups: readonly LogHits[]) {
  const counts = { workflow: {}, job: {}, branch: {}, status: {} } as Record<string, Record<string, number>>;
  for (const group of groups) {
    counts.workflow = addCounts(counts.workflow ?? {}, { [group.workflow]: group.count });
    counts.job = addCounts(counts.job ?? {}, { [group.job]: group.count });
    counts.branch = addCounts(counts.branch ?? {}, group.branches);
    counts.status = addCounts(counts.status ?? {}, group.statuses);
  }
  return facetWords
    .map((word) => ({ word, counts: Object.entries(counts[word] ?? {}).sort((a, b) => b[1] - a[1]) }))
    .filter((facet) => facet.counts.length > 1)
    .map((facet) => ({ ...facet, counts: facet.counts.slice(0, 5) }));
}

/** What was typed, so that words may follow it: a pattern stands between slashes then. Null where
 *  the first of its own would be taken for the end. */
function termOf({ q, regex }: Wanted): string | null {
  if (regex !== 1) return q;
  return /\/\s/.test(q) ? null : `/${q}/`;
}

/** What was found by workflow, job, branch and status; one of them narrows the search. */
function Narrow({ groups, term }: { groups: readonly LogHits[]; term: string | null }) {
  const setSearch = useSetSearch();
  const facets = facetsOf(groups);
  if (facets.length === 0 || term === null) return null;
  return (
    <dl aria-label="Narrow the search" className="flex flex-wrap gap-x-6 gap-y-1 px-3 pb-2 text-control">
      {facets.map(({ word, counts }) => (
        <div key={word} className="flex flex-wrap items-center gap-1">
          <dt className="pr-1 text-ink-2">{word}</dt>
          {counts.map(([value, number]) => (
            <dd key={value}>
              <button
                type="button"
                className="min-h-6 rounded-small border border-line px-1.5 text-caption hover:bg-hover coarse:min-h-11"
                onClick={() => { setSearch({ q: `${term} ${word}:${quoted(value)}`, regex: undefined }); }}
              >
                {value} <span className="text-ink-2">{count(number)}</span>
              </button>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}

function Seen({ group }: { group: LogHits }) {
  if (group.first === group.last) return <Ago at={group.last} />;
  return (
    <>
      first <Ago at={group.first} />, last <Ago at={group.last} />
    </>
  );
}

function Group({ group }: { group: LogHits }) {
  return (
    <section aria-label={group.key} className="border-t border-line py-2">
      <h2 className="flex flex-wrap items-center gap-2 px-3 pb-1 text-control font-semibold">
        <StatusIcon status={shownStatus(group.status, null)} />
        {group.repo} · {group.workflow} / {group.job}
        <span className="font-normal text-ink-2">
          {counted(group.count, 'line')}, <Seen group={group} />
        </span>
      </h2>
      <ul>
        {group.hits.map((hit) => (
          <li key={`${hit.job_id} ${hit.line}`} className="overflow-x-auto px-3 py-0.5 font-mono text-caption">
            {hit.before !== null && <Context text={hit.before} />}
            <Link
              to="/runs/$runId/jobs/$jobId"
              params={{ runId: String(hit.run_id), jobId: String(hit.job_id) }}
              hash={writeHash({ from: hit.line, to: hit.line })}
              className="flex whitespace-pre hover:bg-hover hover:underline"
            >
              <span className="w-16 shrink-0 pr-2 text-right text-ink-2 max-sm:w-12">{count(hit.line)}</span>
              <Marked text={hit.text} ranges={hit.ranges} />
            </Link>
            {hit.after !== null && <Context text={hit.after} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Context({ text }: { text: string }) {
  return <span className="block pl-16 whitespace-pre text-ink-2 max-sm:pl-12">{text}</span>;
}

function Marked({ text, ranges }: { text: string; ranges: LogHits['hits'][number]['ranges'] }) {
  // The server counts characters, JavaScript halves of some.
  const signs = Array.from(text);
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [start, end] of ranges as readonly [number, number][]) {
    parts.push(signs.slice(at, start).join(''), <mark key={start} className="bg-warn-tint text-warn-tint-on">{signs.slice(start, end).join('')}</mark>);
    at = end;
  }
  return (
    <span>
      {parts}
      {signs.slice(at).join('')}
    </span>
  );
}
