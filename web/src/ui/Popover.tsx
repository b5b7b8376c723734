/** A button that opens something floating beside it. */

import { clsx } from 'clsx';
import { useId, useRef, useState, type ReactNode } from 'react';
import { buttonClass } from '~/ui/Button';
import { Icon, type IconName } from '~/ui/Icon';
import { latePart } from '~/ui/latePart';
import { Part } from '~/ui/Part';
import { Tip } from '~/ui/Tip';

const floating = latePart(() => import('~/ui/overlays/FloatingPanel'));

interface PopoverProps {
  /** The name of the trigger and of what it opens. */
  label: string;
  /** What the trigger shows; without it, the icon alone. */
  face?: ReactNode;
  icon?: IconName;
  arrow?: boolean;
  align?: 'start' | 'center' | 'end';
  role?: 'dialog' | 'menu';
  look?: 'plain' | 'quiet';
  className?: string;
  /** Marks the trigger, for the shortcut that opens it. */
  hotspot?: string;
  children: (close: () => void) => ReactNode;
}

/** Content is made only while it is open; `close` gives the focus back to the trigger. */
export function Popover(props: PopoverProps) {
  const { label, face, icon, arrow = face !== undefined, align = 'start', role = 'dialog' } = props;
  const [open, setOpen] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = (): void => {
    setOpen(false);
    trigger.current?.focus();
  };
  const button = (
    <button
      ref={trigger}
      id={id}
      type="button"
      aria-haspopup={role}
      aria-expanded={open}
      aria-label={face === undefined ? label : undefined}
      data-hotspot={props.hotspot}
      className={buttonClass(
        props.look ?? 'plain',
        clsx(face === undefined && 'w-7 px-0 coarse:w-11', props.className),
      )}
      onPointerEnter={floating.fetch}
      onFocus={floating.fetch}
      onClick={() => {
        setOpen(!open);
      }}
    >
      {icon !== undefined && <Icon name={icon} />}
      {face}
      {arrow && <Icon name="down" className="-mr-1 size-3.5 text-ink-3" />}
    </button>
  );
  return (
    <>
      {face === undefined ? <Tip text={label}>{button}</Tip> : button}
      {open && (
        <Part what={`“${label}”`}>
          <floating.Part anchor={trigger} label={label} align={align} role={role} close={close}>
            {props.children(close)}
          </floating.Part>
        </Part>
      )}
    </>
  );
}
