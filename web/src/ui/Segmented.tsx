/** A few choices side by side, one of which holds. */

import { clsx } from 'clsx';

export interface Choice<Value extends string> {
  value: Value;
  label: string;
  /** Why it cannot be chosen now. */
  disabled?: string | undefined;
}

interface SegmentedProps<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  value: Value | null;
  onChange: (value: Value) => void;
}

/** A group of toggle buttons; the pressed one is also bold, not only tinted. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  return (
    <div
      role="group"
      aria-label={props.label}
      className="inline-flex h-7 items-stretch rounded-control border border-line bg-surface p-px coarse:h-11"
    >
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === props.value}
          aria-disabled={choice.disabled !== undefined}
          title={choice.disabled}
          className={clsx(
            'min-w-8 rounded-small px-2 text-caption whitespace-nowrap',
            choice.value === props.value
              ? 'bg-bg font-semibold text-ink shadow-[0_0_0_1px_var(--border-strong)]'
              : 'text-ink-2 hover:text-ink',
            choice.disabled !== undefined && 'opacity-55',
          )}
          onClick={() => {
            if (choice.disabled === undefined) props.onChange(choice.value);
          }}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
