/** JSON as a tree to walk through: arrows fold and move, `y` or a button copies where one is. */

import { clsx } from 'clsx';
import { useDeferredValue, useRef, useState, type KeyboardEvent } from 'react';
import { openAtFirst, rowsOf, type JsonRow } from '~/features/run/jsonRows';
import { counted } from '~/lib/numbers';
import { CopyButton, copyText } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';

const mostShown = 1000;

const inks: Readonly<Record<JsonRow['kind'], string>> = {
  string: 'text-ok',
  number: 'text-run',
  boolean: 'text-action',
  null: 'text-ink-2',
  object: 'text-ink-2',
  array: 'text-ink-2',
};

/** A tree with a search; a match opens what it lies in. */
export function JsonTree({ value, label }: { value: unknown; label: string }) {
  const [open, setOpen] = useState(() => openAtFirst(value));
  const [text, setText] = useState('');
  const [wrap, setWrap] = useState(false);
  const [stop, setStop] = useState('');
  const tree = useRef<HTMLDivElement>(null);
  const wanted = useDeferredValue(text.trim());
  const rows = rowsOf(value, open, wanted);
  const shown = rows.slice(0, mostShown);
  const here = Math.max(0, shown.findIndex((row) => row.path === stop));
  const chosen = shown[here];
  const fold = (path: string, wantOpen: boolean): void => {
    const after = new Set(open);
    if (wantOpen) after.add(path);
    else after.delete(path);
    setOpen(after);
  };
  const go = (index: number): void => {
    const row = shown[Math.max(0, Math.min(shown.length - 1, index))];
    if (row === undefined) return;
    setStop(row.path);
    tree.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(row.path)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = chosen;
    if (row === undefined || event.ctrlKey || event.metaKey) return;
    const isOpen = open.has(row.path);
    const parent = shown.findLastIndex((one, index) => index < here && one.level < row.level);
    const acts: Record<string, () => void> = {
      ArrowDown: () => { go(here + 1); },
      ArrowUp: () => { go(here - 1); },
      Home: () => { go(0); },
      End: () => { go(shown.length - 1); },
      ArrowRight: () => { if (row.children > 0 && !isOpen) fold(row.path, true); else go(here + 1); },
      ArrowLeft: () => { if (row.children > 0 && isOpen) fold(row.path, false); else if (parent >= 0) go(parent); },
      Enter: () => { if (row.children > 0) fold(row.path, !isOpen); },
      y: () => void copyText(row.path, 'Path copied'),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <label className="flex h-7 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
          <Icon name="search" className="text-ink-3" />
          <span className="sr-only">Search in the payload</span>
          <input
            type="search"
            value={text}
            placeholder="Search"
            className="h-full w-40 bg-transparent text-control outline-none max-sm:w-24 max-sm:text-section"
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </label>
        <label className="flex min-h-6 items-center gap-1.5 text-caption">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={wrap}
            onChange={() => {
              setWrap(!wrap);
            }}
          />
          Wrap
        </label>
        <span className="text-caption text-ink-2" role="status">
          {wanted !== '' && (rows.length === 0 ? 'No match' : counted(rows.length, 'line'))}
        </span>
        {chosen !== undefined && (
          <span className="ml-auto flex min-w-0 items-center">
            <code className="min-w-0 truncate text-caption text-ink-2 max-sm:hidden" title={chosen.path}>
              {chosen.path}
            </code>
            <CopyButton text={chosen.path} done="Path copied">
              Copy path
            </CopyButton>
          </span>
        )}
      </div>
      <div
        ref={tree}
        role="tree"
        aria-label={label}
        tabIndex={rows.length === 0 ? 0 : -1}
        className="max-h-[70dvh] overflow-auto rounded-control border border-line bg-surface py-1 font-mono text-caption"
        onKeyDown={onKeyDown}
      >
        {shown.map((row, index) => (
          <TreeRow
            key={row.path}
            row={row}
            open={wanted !== '' || open.has(row.path)}
            stop={index === here}
            wrap={wrap}
            onFocus={() => {
              setStop(row.path);
            }}
            onClick={() => {
              if (row.children > 0) fold(row.path, !open.has(row.path));
            }}
          />
        ))}
        {rows.length > mostShown && (
          <p className="px-3 py-1 text-ink-2">{counted(rows.length - mostShown, 'more line')}: search to see them</p>
        )}
      </div>
    </>
  );
}

interface TreeRowProps {
  row: JsonRow;
  open: boolean;
  stop: boolean;
  wrap: boolean;
  onFocus: () => void;
  onClick: () => void;
}

function TreeRow({ row, open, stop, wrap, onFocus, onClick }: TreeRowProps) {
  return (
    <div
      role="treeitem"
      data-path={row.path}
      aria-level={row.level}
      aria-expanded={row.children > 0 ? open : undefined}
      aria-selected={stop}
      tabIndex={stop ? 0 : -1}
      className={clsx(
        'flex min-h-6 cursor-default items-start gap-1 py-0.5 pr-3 focus-inside hover:bg-hover',
        !wrap && 'whitespace-nowrap',
      )}
      style={{ paddingLeft: row.level * 16 - 8 }}
      onFocus={onFocus}
      onClick={onClick}
    >
      <Icon
        name={open ? 'down' : 'right'}
        className={clsx('mt-0.5 size-3 text-ink-3', row.children === 0 && 'invisible')}
      />
      <span className="text-ink">{row.name}</span>
      <span className="text-ink-2">:</span>
      <span className={clsx(inks[row.kind], wrap && 'min-w-0 break-all')}>{row.text}</span>
    </div>
  );
}
