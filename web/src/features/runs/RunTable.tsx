/** A table of runs: plain when it is short, virtual when it is long; moved through by keys. */

import { clsx } from 'clsx';
import { useMemo, useRef, type MouseEvent } from 'react';
import type { Run } from '~/api/types';
import { shownColumns, type Column } from '~/features/runs/columns';
import { RunRow } from '~/features/runs/RunRow';
import { useRowFocus } from '~/features/runs/useRowFocus';
import { VirtualRows } from '~/features/runs/VirtualRows';
import { howToOpen, openTab } from '~/lib/opening';
import { usePreferences } from '~/lib/preferences';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Icon } from '~/ui/Icon';

const mostPlain = 50;

interface RunTableProps {
  label: string;
  runs: readonly Run[];
  /** How many there are in all, when not all are loaded. */
  total?: number | null;
  sort?: string;
  /** Called with what the head that was pressed sorts by. */
  onSort?: (key: string) => void;
  marked?: ReadonlySet<number>;
  onMark?: (id: number) => void;
  fresh?: ReadonlySet<number>;
  /** Called when the end of what is loaded comes near. */
  onEnd?: () => void;
}

const noneMarked: ReadonlySet<number> = new Set();

/** Rows open beside the page on a click, as a page with Ctrl, Command or the middle button. */
export function RunTable(props: RunTableProps) {
  const { runs, marked = noneMarked, fresh = noneMarked } = props;
  const { hiddenColumns } = usePreferences();
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const body = useRef<HTMLTableElement>(null);
  const columns = useMemo(() => shownColumns(hiddenColumns), [hiddenColumns]);
  const focus = useRowFocus(body, runs, props.onMark);

  const open = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    const id = target.closest('tr')?.dataset.run;
    if (id === undefined) return;
    const link = target.closest('a, button');
    const how = howToOpen(event);
    if (how === null) return;
    const plain = how === 'here';
    if (link !== null && !(plain && link.hasAttribute('data-row-link'))) return;
    if (window.getSelection()?.toString() !== '') return;
    event.preventDefault();
    const tab = link?.getAttribute('data-row-link') === 'raw' ? 'raw' : undefined;
    if (plain) setSearch({ peek: id, tab, attempt: undefined });
    else openTab(`/runs/${id}`);
  };

  const row = (run: Run, index: number) => (
    <RunRow
      key={run.id}
      run={run}
      index={index}
      columns={columns}
      peeked={search.peek === String(run.id)}
      marked={marked.has(run.id)}
      stop={index === focus.stop}
      fresh={fresh.has(run.id)}
    />
  );

  return (
    <div className="@container">
      <table
        ref={body}
        aria-label={props.label}
        aria-rowcount={(props.total ?? runs.length) + 1}
        className="w-full table-fixed text-control"
        onClickCapture={open}
        onAuxClick={open}
        onFocus={focus.onFocus}
      >
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} className={column.leaves} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        {runs.length <= mostPlain ? (
          <tbody>{runs.map(row)}</tbody>
        ) : (
          <VirtualRows
            table={body}
            count={runs.length}
            keep={focus.stop}
            onScroller={focus.onScroller}
            onEnd={props.onEnd}
          >
            {(index) => {
              const run = runs[index];
              return run === undefined ? null : row(run, index);
            }}
          </VirtualRows>
        )}
      </table>
    </div>
  );
}

interface HeadProps {
  column: Column;
  sort: string | undefined;
  onSort: ((key: string) => void) | undefined;
}

function Head({ column, sort, onSort }: HeadProps) {
  const key = column.sort;
  const descending = sort === `-${key}`;
  const ascending = sort === key;
  const sorted = key !== undefined && (descending || ascending);
  const look =
    'sticky-head h-8 border-b border-line bg-bg px-2 text-left text-caption font-medium text-ink-2 first:rounded-tl-card first:pl-3 last:rounded-tr-card last:pr-3';
  if (key === undefined || onSort === undefined) {
    return (
      <th scope="col" className={clsx(look, column.right === true && 'text-right', column.leaves)}>
        {column.name}
      </th>
    );
  }
  return (
    <th
      scope="col"
      aria-sort={descending ? 'descending' : ascending ? 'ascending' : 'none'}
      className={clsx(look, column.right === true && 'text-right', column.leaves)}
    >
      <button
        type="button"
        className={clsx(
          'inline-flex min-h-6 items-center gap-1 hover:text-ink',
          // Above numbers the name ends where they end.
          column.right === true && 'flex-row-reverse',
          sorted && 'text-ink',
        )}
        onClick={() => {
          onSort(key);
        }}
      >
        {column.name}
        <Icon
          name={ascending ? 'up' : 'down'}
          className={clsx('size-3', !sorted && 'invisible')}
        />
      </button>
    </th>
  );
}
