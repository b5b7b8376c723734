/** A list to choose from, with a box to type into: one choice or several. */

import { clsx } from 'clsx';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { count } from '~/lib/numbers';
import { Icon } from '~/ui/Icon';
import { useLateEnter, type TakenKey } from '~/ui/useLateEnter';

export interface Option {
  value: string;
  label: string;
  note?: string;
  /** How many things have this value. */
  count?: number;
}

interface PickerProps {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  options: readonly Option[];
  /** Whether these are not yet those of the text: Enter waits for them. */
  isComing?: boolean;
  /** How to get those of the text where the list is closed before they are there. */
  onLate?: () => Promise<readonly Option[]>;
  chosen: readonly string[];
  onToggle: (value: string) => void;
  /** For several choices: take this one alone (a button on the row, and Alt+Enter). */
  onOnly?: (value: string) => void;
  empty?: ReactNode;
  footer?: ReactNode;
}

const mostShown = 200;

/** A combobox over a listbox: the focus stays in the box, the arrows move through the list. */
export function Picker(props: PickerProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const shown = props.options.slice(0, mostShown);
  const here = Math.min(active, shown.length - 1);
  const several = props.onOnly !== undefined;
  useEffect(() => {
    list.current?.querySelector(`[data-index="${here}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [here]);

  const take = (option: Option | undefined, { altKey }: TakenKey): void => {
    if (option === undefined) return;
    if (altKey && props.onOnly !== undefined) props.onOnly(option.value);
    else props.onToggle(option.value);
  };
  const isComing = props.isComing ?? false;
  const takeLater = useLateEnter(
    props.text,
    isComing,
    (event) => { take(shown[0], event); },
    // What could not be asked for is not chosen; the list is gone that would say so.
    (event) => void props.onLate?.().then(([first]) => { take(first, event); }, () => undefined),
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const option = shown[here];
    if (event.key === 'ArrowDown') setActive(Math.min(here + 1, shown.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(here - 1, 0));
    else if (event.key === 'Enter' && isComing && here <= 0) takeLater(event);
    else if (event.key === 'Enter' && option !== undefined) take(option, event);
    else return;
    event.preventDefault();
  };

  return (
    <div className="flex w-72 max-w-full flex-col">
      <div className="sticky top-0 border-b border-line bg-raised p-1.5">
        <label className="flex items-center gap-2 px-1.5">
          <Icon name="search" className="text-ink-3" />
          <span className="sr-only">{props.placeholder}</span>
          <input
            autoFocus
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls={id}
            aria-activedescendant={shown.length === 0 ? undefined : `${id}-${here}`}
            autoComplete="off"
            spellCheck={false}
            placeholder={props.placeholder}
            value={props.text}
            className="h-7 min-w-0 flex-1 bg-transparent outline-none max-sm:text-section coarse:h-11"
            onChange={(event) => {
              setActive(0);
              props.onText(event.target.value);
            }}
            onKeyDown={onKeyDown}
          />
        </label>
      </div>
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label={props.label}
        aria-multiselectable={several}
        tabIndex={-1}
        className="max-h-72 overflow-auto p-1 empty:hidden"
      >
        {shown.map((option, index) => (
          <Row
            key={option.value}
            id={`${id}-${index}`}
            index={index}
            option={option}
            active={index === here}
            chosen={props.chosen.includes(option.value)}
            several={several}
            onPoint={() => { setActive(index); }}
            onToggle={() => { props.onToggle(option.value); }}
            onOnly={() => props.onOnly?.(option.value)}
          />
        ))}
      </div>
      {shown.length === 0 && <p className="px-3 pb-3 text-ink-2">{props.empty ?? 'Nothing by that name.'}</p>}
      {props.footer}
    </div>
  );
}

interface RowProps {
  id: string;
  index: number;
  option: Option;
  active: boolean;
  chosen: boolean;
  several: boolean;
  onPoint: () => void;
  onToggle: () => void;
  onOnly: () => void;
}

function Row(props: RowProps) {
  const { option, active, chosen, several } = props;
  return (
    <div
      id={props.id}
      data-index={props.index}
      role="option"
      aria-selected={chosen}
      className={clsx(
        'group flex min-h-7 cursor-pointer items-center gap-2 rounded-control px-2 py-0.5 coarse:min-h-11',
        active && 'bg-hover outline-1 outline-line-strong',
      )}
      onPointerMove={props.onPoint}
      onClick={props.onToggle}
    >
      {several ? (
        <span
          aria-hidden="true"
          className={clsx(
            'grid size-4 place-items-center rounded-small border',
            chosen ? 'border-accent bg-accent text-on-accent' : 'border-line-strong',
          )}
        >
          {chosen && <Icon name="check" className="size-3" />}
        </span>
      ) : (
        <Icon name="check" className={clsx('size-3.5', !chosen && 'invisible')} />
      )}
      <span className="min-w-0 flex-1 truncate" title={option.label}>
        {option.label}
        {option.note !== undefined && <span className="ml-2 text-caption text-ink-2">{option.note}</span>}
      </span>
      {several && active && (
        <span
          className="hidden rounded-small px-1 text-caption text-ink-2 underline group-hover:inline"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            props.onOnly();
          }}
        >
          only
        </span>
      )}
      {option.count !== undefined && (
        <span className="text-caption text-ink-2">{count(option.count)}</span>
      )}
    </div>
  );
}
