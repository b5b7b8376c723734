/** A control with what is wrong with it right beside it. */

import { useId, type ReactNode } from 'react';

/** The look of a control that stands in a sentence. */
export const inlineBox =
  'h-7 max-w-full rounded-control border border-line-strong bg-bg px-1.5 text-control max-sm:text-section coarse:h-11';

interface FieldProps {
  /** By which the first wrong field is found. */
  name: string;
  problem: string | undefined;
  children: (wrong: { 'aria-invalid'?: true; 'aria-describedby'?: string }) => ReactNode;
}

/** The control is told which text describes it. */
export function Field({ name, problem, children }: FieldProps) {
  const id = useId();
  return (
    <span data-field={name} className="inline-flex max-w-full flex-wrap items-center gap-x-2">
      {children(problem === undefined ? {} : { 'aria-invalid': true, 'aria-describedby': id })}
      {problem !== undefined && (
        <span id={id} role="alert" className="text-control leading-5 text-fail">
          {problem}
        </span>
      )}
    </span>
  );
}

/** Go to the first control that is wrong. */
export function focusFirst(form: HTMLElement | null, names: readonly string[]): void {
  const fields = [...(form?.querySelectorAll<HTMLElement>('[data-field]') ?? [])];
  const wrong = fields.find((field) => names.includes(field.dataset.field ?? ''));
  wrong?.querySelector<HTMLElement>('input, select, textarea, button')?.focus();
}
