/** Messages about what an action did, in the corner. */

import { clsx } from 'clsx';
import { useEffect, useState } from 'react';
import { useShellKeys } from '~/lib/keys';
import { dismiss, useToasts, type Toast } from '~/lib/toasts';
import { IconButton } from '~/ui/Button';
import { Icon } from '~/ui/Icon';

const plainTime = 6000;
const actionTime = 8000;

/** At most three at a time; problems stay until they are closed. */
export function Toasts() {
  const { shown } = useToasts();
  const [held, setHeld] = useState(false);
  useShellKeys({
    'Alt+t': () => {
      document.getElementById('toasts')?.focus();
    },
  });
  return (
    <section
      id="toasts"
      aria-label="Messages"
      tabIndex={-1}
      className="pointer-events-none fixed z-50 flex flex-col gap-2 max-sm:inset-x-3 max-sm:top-14 sm:right-4 sm:bottom-4 sm:w-80 sm:max-lg:bottom-20"
      onPointerEnter={() => { setHeld(true); }}
      onPointerLeave={() => { setHeld(false); }}
      onFocus={() => { setHeld(true); }}
      onBlur={() => { setHeld(false); }}
    >
      {shown.map((one) => (
        <Message key={one.id} message={one} held={held} />
      ))}
    </section>
  );
}

const icons = { done: 'check', problem: 'warning', note: 'help' } as const;
const inks = { done: 'text-ok', problem: 'text-fail', note: 'text-ink-3' } as const;

function Message({ message, held }: { message: Toast; held: boolean }) {
  useEffect(() => {
    if (held || message.kind === 'problem') return;
    const time = message.action === undefined ? plainTime : actionTime;
    const timer = setTimeout(() => { dismiss(message.id); }, time);
    return () => { clearTimeout(timer); };
  }, [held, message]);
  return (
    <div
      role={message.kind === 'problem' ? 'alert' : 'status'}
      className="popping pointer-events-auto flex items-start gap-2 rounded-card border border-line bg-raised p-2 pl-3 text-control shadow-float"
    >
      <Icon name={icons[message.kind]} className={clsx('mt-1.5', inks[message.kind])} />
      <p className="min-w-0 flex-1 py-1 break-words">{message.text}</p>
      {message.action !== undefined && (
        <button
          type="button"
          className="min-h-7 px-1 font-medium text-link underline"
          onClick={() => {
            message.action?.run();
            dismiss(message.id);
          }}
        >
          {message.action.label}
        </button>
      )}
      <IconButton icon="close" label="Close this message" onClick={() => { dismiss(message.id); }} />
    </div>
  );
}
