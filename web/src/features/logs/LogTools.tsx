/** What one can do with a log: search it, go to its errors, fold, wrap, save it. */

import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { ReactNode, RefObject } from 'react';
import { addressOf } from '~/api/client';
import type { LogSearch } from '~/features/logs/useSearchInLog';
import { count } from '~/lib/numbers';
import { Button, buttonClass, IconButton } from '~/ui/Button';
import { Icon } from '~/ui/Icon';

export interface Looks {
  wraps: boolean;
  withTime: boolean;
}

interface LogToolsProps {
  jobId: number;
  search: LogSearch;
  box: RefObject<HTMLInputElement | null>;
  errors: number;
  onError: (steps: number) => void;
  hasFolds: boolean;
  allFolded: boolean;
  onFoldAll: () => void;
  looks: Looks;
  canWrap: boolean;
  setLooks: (looks: Looks) => void;
}

/** The bar above the lines. */
export function LogTools(props: LogToolsProps) {
  const { jobId, errors, onError, hasFolds, allFolded, onFoldAll, looks, setLooks, canWrap } = props;
  return (
    <div role="toolbar" aria-label="Log tools" className="flex flex-wrap items-center gap-1.5 border-y border-line p-2">
      <SearchBox search={props.search} box={props.box} />
      {errors > 0 && (
        <span className="inline-flex items-center">
          <span className="mr-1 text-control text-fail">Errors {errors}</span>
          <IconButton icon="up" label="Previous error" keys="N" onClick={() => onError(-1)} />
          <IconButton icon="down" label="Next error" keys="n" onClick={() => onError(1)} />
        </span>
      )}
      {hasFolds && <Button look="quiet" onClick={onFoldAll}>{allFolded ? 'Unfold all' : 'Fold all'}</Button>}
      <Toggle isOn={looks.wraps} disabled={!canWrap} onChange={(wraps) => setLooks({ ...looks, wraps })}>
        Wrap
      </Toggle>
      <Toggle isOn={looks.withTime} onChange={(withTime) => setLooks({ ...looks, withTime })}>
        Time
      </Toggle>
      <a href={addressOf(`/api/v1/jobs/${jobId}/log`)} target="_blank" rel="noopener noreferrer" className={buttonClass('quiet')}>
        Raw
        <Icon name="external" className="size-3.5" />
        <span className="sr-only">(plain text, opens in a new tab)</span>
      </a>
      <a href={addressOf(`/api/v1/jobs/${jobId}/log/download`)} download className={buttonClass('quiet')}>
        Download
      </a>
    </div>
  );
}

function SearchBox({ search, box }: { search: LogSearch; box: RefObject<HTMLInputElement | null> }) {
  const { wanted, setWanted, matches, error, here, go } = search;
  const shown = matches === null ? '' : here < 0 ? count(matches.total) : `${here + 1} of ${count(matches.lines.length)} lines, ${count(matches.total)}`;
  return (
    <span className="flex flex-wrap items-center gap-1">
      <label className="flex h-7 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
        <Icon name="search" className="text-ink-3" />
        <span className="sr-only">Search in this log</span>
        <input
          ref={box}
          type="search"
          value={wanted.term}
          placeholder="Search log…"
          className="h-full w-44 bg-transparent text-control outline-none max-sm:text-section"
          onChange={(event) => setWanted({ ...wanted, term: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            go(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      <Toggle isOn={wanted.isCaseSensitive} label="Match case" onChange={(isCaseSensitive) => setWanted({ ...wanted, isCaseSensitive })}>
        Aa
      </Toggle>
      <Toggle isOn={wanted.isRegex} label="Regular expression" onChange={(isRegex) => setWanted({ ...wanted, isRegex })}>
        .*
      </Toggle>
      <span role="status" className={clsx('text-caption', error === null ? 'text-ink-2' : 'text-fail')}>
        {error ?? (shown === '' ? '' : `${shown} ${matches?.total === 1 ? 'match' : 'matches'}`)}
      </span>
      {matches !== null && matches.total > 0 && (
        <>
          <IconButton icon="up" label="Previous match" onClick={() => go(-1)} />
          <IconButton icon="down" label="Next match" onClick={() => go(1)} />
        </>
      )}
      {wanted.term.length > 1 && (
        <Link to="/search" search={{ q: wanted.term }} className="text-caption underline">
          Search this in all logs
        </Link>
      )}
    </span>
  );
}

interface ToggleProps {
  isOn: boolean;
  label?: string;
  disabled?: boolean;
  onChange: (isOn: boolean) => void;
  children: ReactNode;
}

function Toggle({ isOn, label, disabled = false, onChange, children }: ToggleProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={label}
      disabled={disabled}
      className={buttonClass('quiet', clsx('px-1.5!', isOn && 'border-accent! text-ink!'))}
      onClick={() => onChange(!isOn)}
    >
      {children}
    </button>
  );
}
