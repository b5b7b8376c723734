/** What one can do with a log: search it, go to its errors and steps, fold, wrap, save it. */

import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { ReactNode, RefObject } from 'react';
import { addressOf } from '~/api/client';
import type { LogMeta } from '~/api/types';
import type { LogSearch } from '~/features/logs/useSearchInLog';
import { count, counted } from '~/lib/numbers';
import { appearanceOf, shownStatus } from '~/lib/status';
import { buttonClass, IconButton } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';
import { Tip } from '~/ui/Tip';

export interface Looks {
  wraps: boolean;
  withTime: boolean;
  isFull: boolean;
  onlyNew: boolean;
}

interface LogToolsProps {
  meta: LogMeta;
  search: LogSearch;
  box: RefObject<HTMLInputElement | null>;
  onError: (steps: number) => void;
  onStep: (line: number) => void;
  hasFolds: boolean;
  allFolded: boolean;
  onFoldAll: () => void;
  looks: Looks;
  canWrap: boolean;
  setLooks: (some: Partial<Looks>) => void;
}

/** The bar above the lines. */
export function LogTools(props: LogToolsProps) {
  const { meta, onError, looks, setLooks } = props;
  const errors = meta.errors.length;
  return (
    <div role="toolbar" aria-label="Log tools" className="flex flex-wrap items-center gap-1 border-y border-line px-2 py-1.5">
      <SearchBox search={props.search} box={props.box} />
      <span className="flex flex-wrap items-center gap-1 sm:ml-auto">
        {errors > 0 && (
          <span className="inline-flex items-center">
            <span className="mr-0.5 text-control font-medium text-fail">{counted(errors, 'error')}</span>
            <IconButton icon="up" label="Previous error" keys="N" onClick={() => onError(-1)} />
            <IconButton icon="down" label="Next error" keys="n" onClick={() => onError(1)} />
          </span>
        )}
        <StepsMenu meta={meta} onStep={props.onStep} />
        {props.hasFolds && (
          <Tip text={props.allFolded ? 'Unfold everything' : 'Fold everything'} keys="Z">
            <button type="button" data-fold-all className={buttonClass('quiet', 'px-1.5!')} onClick={props.onFoldAll}>
              {props.allFolded ? 'Unfold all' : 'Fold all'}
            </button>
          </Tip>
        )}
        <Toggle isOn={looks.onlyNew} tip="Fold what the last green log of this job says as well" keys="m" onChange={(onlyNew) => setLooks({ onlyNew })}>
          Only new lines
        </Toggle>
        <Toggle isOn={looks.wraps} disabled={!props.canWrap} tip="Break long lines" keys="w" onChange={(wraps) => setLooks({ wraps })}>
          Wrap
        </Toggle>
        <Toggle isOn={looks.withTime} tip="When each line was written" onChange={(withTime) => setLooks({ withTime })}>
          Time
        </Toggle>
        <Saving jobId={meta.job_id} />
        <IconButton
          icon={looks.isFull ? 'close' : 'expand'}
          label={looks.isFull ? 'Leave full screen' : 'Full screen'}
          aria-pressed={looks.isFull}
          onClick={() => setLooks({ isFull: !looks.isFull })}
        />
      </span>
    </div>
  );
}

function StepsMenu({ meta, onStep }: { meta: LogMeta; onStep: (line: number) => void }) {
  const steps = meta.steps.filter((step) => step.first_line !== null);
  if (steps.length === 0) return null;
  return (
    <Popover label="Go to a step" face="Steps" role="menu" look="quiet" align="end" className="px-1.5!">
      {(close) => (
        <Menu
          close={close}
          items={steps.map((step) => ({
            label: `${step.number}. ${step.name}`,
            note: appearanceOf(shownStatus(step.status)).word,
            run: () => onStep(step.first_line ?? 1),
          }))}
        />
      )}
    </Popover>
  );
}

function Saving({ jobId }: { jobId: number }) {
  return (
    <>
      <a
        href={addressOf(`/api/v1/jobs/${jobId}/log`)}
        target="_blank"
        rel="noopener noreferrer"
        className={buttonClass('quiet', 'px-1.5!')}
      >
        Raw
        <Icon name="external" className="size-3.5" />
        <span className="sr-only">(plain text, opens in a new tab)</span>
      </a>
      <a href={addressOf(`/api/v1/jobs/${jobId}/log/download`)} download className={buttonClass('quiet', 'px-1.5!')}>
        Download
      </a>
    </>
  );
}

function SearchBox({ search, box }: { search: LogSearch; box: RefObject<HTMLInputElement | null> }) {
  const { wanted, setWanted, matches, error, go } = search;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1 max-sm:w-full">
      <label className="flex h-7 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11 max-sm:flex-1">
        <Icon name="search" className="text-ink-3" />
        <span className="sr-only">Search in this log</span>
        <input
          ref={box}
          type="search"
          value={wanted.term}
          placeholder="Search log…"
          className="h-full w-44 min-w-0 bg-transparent text-control outline-none max-sm:flex-1 max-sm:text-section"
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
      <span
        role="status"
        data-found={matches?.total}
        className={clsx('text-caption tabular-nums', error === null ? 'text-ink-2' : 'text-fail')}
      >
        {error ?? shownCount(search)}
      </span>
      {matches !== null && matches.total > 0 && (
        <>
          <IconButton icon="up" label="Previous match" keys="Shift Enter" onClick={() => go(-1)} />
          <IconButton icon="down" label="Next match" keys="Enter" onClick={() => go(1)} />
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

function shownCount({ matches, here }: LogSearch): string {
  if (matches === null) return '';
  const { total, lines } = matches;
  const found = `${count(total)} ${total === 1 ? 'match' : 'matches'}`;
  if (here < 0) return found;
  // What one goes through are lines; only where some have several does one need both numbers.
  return lines.length === total ? `${count(here + 1)} of ${found}` : `line ${count(here + 1)} of ${count(lines.length)}, ${found}`;
}

interface ToggleProps {
  isOn: boolean;
  label?: string;
  tip?: string;
  keys?: string;
  disabled?: boolean;
  onChange: (isOn: boolean) => void;
  children: ReactNode;
}

function Toggle({ isOn, label, tip, keys, disabled = false, onChange, children }: ToggleProps) {
  const button = (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={label}
      disabled={disabled}
      className={buttonClass('quiet', clsx('px-1.5!', isOn && 'border-accent! bg-selected! text-ink!'))}
      onClick={() => onChange(!isOn)}
    >
      {children}
    </button>
  );
  if (tip === undefined && label === undefined) return button;
  return (
    <Tip text={tip ?? label ?? ''} {...(keys === undefined ? {} : { keys })}>
      {button}
    </Tip>
  );
}
