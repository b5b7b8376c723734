/** Tabs: arrows move among them, and the one chosen is in the address. */

import { clsx } from 'clsx';
import { useId, type KeyboardEvent, type ReactNode } from 'react';

export interface Tab<Key extends string> {
  key: Key;
  label: string;
  note?: string;
}

interface TabsProps<Key extends string> {
  label: string;
  tabs: readonly Tab<Key>[];
  value: Key;
  onChange: (key: Key) => void;
  children: ReactNode;
}

/** The row of tabs and the panel of the one that is chosen. */
export function Tabs<Key extends string>({ label, tabs, value, onChange, children }: TabsProps<Key>) {
  const id = useId();
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const here = tabs.findIndex((tab) => tab.key === value);
    const last = tabs.length - 1;
    const next = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + tabs.length) % tabs.length;
    const tab = tabs[index];
    if (tab === undefined) return;
    onChange(tab.key);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus();
  };
  return (
    <>
      <div
        role="tablist"
        aria-label={label}
        className="flex gap-1 overflow-x-auto border-b border-line px-3 max-sm:gap-0 max-sm:px-1.5"
        onKeyDown={move}
      >
        {tabs.map((tab) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            id={`${id}-${tab.key}`}
            aria-selected={tab.key === value}
            aria-controls={`${id}-panel`}
            tabIndex={tab.key === value ? 0 : -1}
            className={clsx(
              'relative h-9 px-2 text-control whitespace-nowrap focus-inside coarse:h-11',
              tab.key === value
                ? 'font-semibold text-ink after:absolute after:inset-x-1 after:-bottom-px after:h-0.5 after:bg-accent'
                : 'text-ink-2 hover:text-ink',
            )}
            onClick={() => {
              onChange(tab.key);
            }}
          >
            {tab.label}
            {tab.note !== undefined && (
              <span className="ml-1.5 font-normal text-ink-2">{tab.note}</span>
            )}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${value}`}
        tabIndex={-1}
        className="min-w-0"
      >
        {children}
      </div>
    </>
  );
}
