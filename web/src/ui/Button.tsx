/** Buttons, and links that look like them. */

import { clsx } from 'clsx';
import type { ComponentProps } from 'react';
import { Icon, type IconName } from '~/ui/Icon';
import { Tip } from '~/ui/Tip';

type Look = 'plain' | 'quiet' | 'strong' | 'danger';

const looks: Readonly<Record<Look, string>> = {
  plain: 'border-line bg-bg text-ink hover:bg-hover hover:border-line-strong',
  quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink',
  strong: 'border-accent bg-accent text-on-accent hover:brightness-110',
  danger: 'border-fail bg-bg text-fail hover:bg-fail-tint',
};

/** The classes of a button, for links that should look like one. */
export function buttonClass(look: Look = 'plain', className?: string): string {
  return clsx(
    'inline-flex h-7 items-center justify-center gap-1.5 rounded-control border px-2.5',
    'text-control font-medium whitespace-nowrap select-none coarse:min-h-11',
    'disabled:opacity-55 aria-disabled:opacity-55',
    looks[look],
    className,
  );
}

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  icon?: IconName;
}

/** A button with words. */
export function Button({ look, icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={buttonClass(look, className)} {...rest}>
      {icon !== undefined && <Icon name={icon} className="-ml-0.5" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  icon: IconName;
  label: string;
  look?: Look;
  /** The key that does the same, shown in the tip. */
  keys?: string;
}

/** A button with an icon only; its words are its name and its tip. */
export function IconButton({ icon, label, look = 'quiet', keys, className, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} {...(keys === undefined ? {} : { keys })}>
      <button
        type="button"
        aria-label={label}
        className={buttonClass(look, clsx('w-7 px-0 coarse:w-11', className))}
        {...rest}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}
