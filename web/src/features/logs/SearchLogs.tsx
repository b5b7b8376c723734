/** Searching all logs: the box, and what can be typed into it. */

import { clsx } from 'clsx';
import { useState, type ReactNode } from 'react';
import { SearchResults } from '~/features/logs/SearchResults';
import { RunChips } from '~/features/runs/RunChips';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Button, buttonClass } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Icon } from '~/ui/Icon';

const examples: readonly [string, string][] = [
  ['connection refused', 'exactly this text, in any line of any log'],
  ['"timed out" "retry 3"', 'both texts in one line'],
  ['/5\\d\\d (Bad|Service)/', 'a pattern of RE2'],
  ['ECONNRESET -retry', 'the first without the second'],
  ['panic job:build step:"Unit tests"', 'only lines of that step of such jobs'],
  ['fatal: status:failure branch:main', 'also repo: and workflow:'],
];

/** The page's content. */
export function SearchLogs() {
  const search = useSearchParams();
  const term = search.q ?? '';
  return (
    <Card label="Log search">
      <SearchForm key={term} term={term} />
      <div className="px-3">
        <RunChips />
      </div>
      {term === '' ? (
        <HowToAsk />
      ) : (
        <SearchResults term={term} />
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
        setSearch({ q: text.trim() === '' ? undefined : text });
      }}
    >
      <label className="flex h-8 min-w-60 flex-1 items-center max-sm:basis-full gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
        <Icon name="search" className="text-ink-3" />
        <span className="sr-only">Text to find in all logs</span>
        <input
          type="search"
          value={text}
          placeholder="connection refused -retry job:build"
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
      onClick={() => setSearch((latest) => ({ [name]: latest[name] === '1' ? undefined : '1' }))}
    >
      {children}
    </button>
  );
}

/** What can be typed, each to try with a click. */
function HowToAsk() {
  const setSearch = useSetSearch();
  return (
    <section aria-label="What can be typed" className="px-3 pt-1 pb-4">
      <h2 className="font-medium">Find a text in all logs</h2>
      <p className="max-w-prose text-control text-ink-2">
        An error message, a host, a commit id: whatever a line of a log holds. The filters above
        say whose logs are searched; more can be said in the box:
      </p>
      <ul className="mt-2 flex flex-col gap-1">
        {examples.map(([typed, words]) => (
          <li key={typed} className="flex flex-wrap items-center gap-x-3">
            <button
              type="button"
              className="min-h-7 rounded-small bg-sunken px-1.5 text-left font-mono text-caption break-all hover:bg-hover coarse:min-h-11"
              onClick={() => { setSearch({ q: typed }); }}
            >
              {typed}
            </button>
            <span className="text-control text-ink-2">{words}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
