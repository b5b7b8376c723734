/** Searching all logs: a box, what was found so far, and how far the search has come. */

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { useState, type ReactNode } from 'react';
import { globalFilter } from '~/api/filter';
import { logSearchQuery } from '~/api/logs';
import type { LogHits, LogSearchPage } from '~/api/types';
import { writeHash } from '~/features/logs/hash';
import { count, counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { shownStatus } from '~/lib/status';
import { Button, buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

/** The page's content. */
export function SearchLogs() {
  const search = useSearchParams();
  const term = search.q ?? '';
  return (
    <Card label="Log search">
      <SearchForm key={term} term={term} />
      {term === '' ? (
        <Empty title="Find a text in all logs">
          An error message, a host, a commit id: whatever a line of a log holds. The filters above
          say whose logs are searched.
        </Empty>
      ) : (
        <Results term={term} />
      )}
    </Card>
  );
}

function SearchForm({ term }: { term: string }) {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const [text, setText] = useState(term);
  return (
    <form
      role="search"
      className="flex flex-wrap items-center gap-2 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        setSearch({ q: text === '' ? undefined : text });
      }}
    >
      <label className="flex h-8 min-w-60 flex-1 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
        <Icon name="search" className="text-ink-3" />
        <span className="sr-only">Text to find in all logs</span>
        <input
          type="search"
          value={text}
          placeholder="Text in any log…"
          className="h-full min-w-0 flex-1 bg-transparent text-control outline-none max-sm:text-section"
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <Switch name="case" label="Match case" isOn={search.case === '1'}>Aa</Switch>
      <Switch name="regex" label="Regular expression" isOn={search.regex === '1'}>.*</Switch>
      <Button look="strong" type="submit">Search</Button>
    </form>
  );
}

function Switch({ name, label, isOn, children }: { name: string; label: string; isOn: boolean; children: ReactNode }) {
  const setSearch = useSetSearch();
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={label}
      className={buttonClass('quiet', clsx('px-1.5!', isOn && 'border-accent! text-ink!'))}
      onClick={() => setSearch({ [name]: isOn ? undefined : '1' })}
    >
      {children}
    </button>
  );
}

function Results({ term }: { term: string }) {
  const search = useSearchParams();
  const asked = useInfiniteQuery(
    logSearchQuery({
      ...globalFilter(search),
      q: term,
      status: search.status,
      regex: search.regex === '1' ? 1 : undefined,
      case: search.case === '1' ? 1 : undefined,
    }),
  );
  return (
    <Answer what="the search" asked={asked} skeleton={<Bone className="m-3 h-64" />}>
      {({ pages }) => {
        const last = pages.at(-1);
        if (last === undefined) return null;
        return (
          <>
            <Progress pages={pages} last={last} />
            {groupsOf(pages).map((group) => (
              <Group key={group.key} group={group} />
            ))}
            {asked.hasNextPage && (
              <div className="p-3">
                <Button disabled={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
                  {asked.isFetchingNextPage ? 'Searching…' : 'Search on'}
                </Button>
              </div>
            )}
          </>
        );
      }}
    </Answer>
  );
}

function Progress({ pages, last }: { pages: readonly LogSearchPage[]; last: LogSearchPage }) {
  const lines = pages.reduce((sum, page) => sum + page.count, 0);
  const lost = pages.reduce((sum, page) => sum + page.unreadable, 0);
  return (
    <p role="status" className="px-3 pb-2 text-control text-ink-2">
      {lines === 0 && last.next_cursor === null ? 'No line has it.' : counted(lines, 'line')}
      {last.next_cursor === null ? '' : ' so far'}. Searched {count(last.searched)} of {counted(last.total, 'log')}.
      {lost > 0 && ` ${counted(lost, 'log')} could not be read.`}
    </p>
  );
}

/** Put the groups of all pages together. */
function groupsOf(pages: readonly LogSearchPage[]): LogHits[] {
  const found = new Map<string, LogHits>();
  for (const group of pages.flatMap((page) => page.groups)) {
    const before = found.get(group.key);
    found.set(
      group.key,
      before === undefined
        ? group
        : { ...before, count: before.count + group.count, first: group.first, hits: [...before.hits, ...group.hits] },
    );
  }
  return [...found.values()];
}

function Group({ group }: { group: LogHits }) {
  return (
    <section aria-label={group.key} className="border-t border-line py-2">
      <h2 className="flex flex-wrap items-center gap-2 px-3 pb-1 text-control font-semibold">
        <StatusIcon status={shownStatus(group.status, null)} />
        {group.repo} · {group.workflow} / {group.job}
        <span className="font-normal text-ink-2">
          {counted(group.count, 'line')}, last <Ago at={group.last} />
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
              <span className="w-16 shrink-0 pr-2 text-right text-ink-2">{count(hit.line)}</span>
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
  return <span className="block pl-16 whitespace-pre text-ink-2">{text}</span>;
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
