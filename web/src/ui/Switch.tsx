/** A switch that acts at once: on or off, in words as well. */

import { clsx } from 'clsx';

interface SwitchProps {
  label: string;
  on: boolean;
  set: (on: boolean) => void;
}

/** The word, the place and the colour say the same. */
export function Switch({ label, on, set }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      className="inline-flex min-h-7 items-center gap-2 text-control coarse:min-h-11"
      onClick={() => {
        set(!on);
      }}
    >
      <span aria-hidden="true" className="w-5 text-ink-2">
        {on ? 'On' : 'Off'}
      </span>
      <span
        aria-hidden="true"
        className={clsx(
          'inline-flex h-5 w-9 items-center rounded-pill border p-0.5',
          on ? 'justify-end border-accent bg-accent' : 'border-line-strong bg-surface',
        )}
      >
        <span className={clsx('size-3.5 rounded-pill', on ? 'bg-on-accent' : 'bg-line-strong')} />
      </span>
    </button>
  );
}
