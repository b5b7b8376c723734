/** A list of actions or choices in a popover, moved through by arrow keys. */

import { clsx } from 'clsx';
import { Fragment, useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from '~/ui/Icon';

export interface MenuItem {
  label: string;
  /** Begins a group of that name. */
  heading?: string;
  icon?: IconName;
  note?: string;
  keys?: string;
  /** For choices: whether this is the one. */
  chosen?: boolean;
  href?: string;
  run?: () => void;
  /** It leads on within the popover, so that stays open. */
  stays?: boolean;
  disabled?: string;
}

interface MenuProps {
  items: readonly MenuItem[];
  close: () => void;
  heading?: ReactNode;
}

/** Arrow keys, Home, End and the first letter move; Enter acts and closes. */
export function Menu({ items, close, heading }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const all = entriesOf(list.current);
    (all.find((entry) => entry.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
  }, []);
  return (
    <div ref={list} role="presentation" className="min-w-44 p-1" onKeyDown={move}>
      {heading !== undefined && <Heading text={heading} />}
      {items.map((item) => (
        <Fragment key={`${item.heading ?? ''} ${item.label}`}>
          {item.heading !== undefined && <Heading text={item.heading} />}
          <Entry item={item} close={close} />
        </Fragment>
      ))}
    </div>
  );
}

function Heading({ text }: { text: ReactNode }) {
  return <p className="px-2 pt-1 pb-0.5 text-caption text-ink-2">{text}</p>;
}

function Entry({ item, close }: { item: MenuItem; close: () => void }) {
  const common = {
    role: item.chosen === undefined ? 'menuitem' : 'menuitemradio',
    'aria-checked': item.chosen,
    tabIndex: -1,
    className: clsx(
      'flex min-h-7 w-full items-center gap-2 rounded-control px-2 py-1 text-left coarse:min-h-11',
      'hover:bg-hover focus:bg-hover focus-visible:outline-offset-[-2px]',
      item.disabled !== undefined && 'text-ink-3',
    ),
  } as const;
  const inside = (
    <>
      {item.chosen !== undefined && (
        <Icon name="check" className={clsx('size-3.5', !item.chosen && 'invisible')} />
      )}
      {item.icon !== undefined && <Icon name={item.icon} className="text-ink-3" />}
      <span className="min-w-0 flex-1">
        {item.label}
        {(item.disabled ?? item.note) !== undefined && (
          <span className="block text-caption text-ink-2">{item.disabled ?? item.note}</span>
        )}
      </span>
      {item.keys !== undefined && <kbd className="text-caption text-ink-3">{item.keys}</kbd>}
    </>
  );
  if (item.href !== undefined) {
    return (
      <a {...common} href={item.href}>
        {inside}
      </a>
    );
  }
  return (
    <button
      type="button"
      {...common}
      aria-disabled={item.disabled !== undefined}
      onClick={() => {
        if (item.disabled !== undefined) return;
        if (item.stays !== true) close();
        item.run?.();
      }}
    >
      {inside}
    </button>
  );
}

function entriesOf(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
}

function move(event: KeyboardEvent<HTMLDivElement>): void {
  const all = entriesOf(event.currentTarget);
  const here = all.indexOf(document.activeElement as HTMLElement);
  const next = {
    ArrowDown: all[(here + 1) % all.length],
    ArrowUp: all[(here - 1 + all.length) % all.length],
    Home: all[0],
    End: all.at(-1),
  }[event.key];
  const letter = event.key.length === 1 ? event.key.toLowerCase() : '';
  const byLetter =
    letter === ''
      ? undefined
      : [...all.slice(here + 1), ...all].find((entry) =>
          entry.textContent.trim().toLowerCase().startsWith(letter),
        );
  const target = next ?? byLetter;
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
