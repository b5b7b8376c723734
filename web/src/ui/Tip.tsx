/** A tip beside a control: on hover and focus, hoverable itself, gone with Escape. */

import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

const patience = 400;
/** Milliseconds in which the pointer can reach the tip itself. */
const goodbye = 80;
const edge = 8;

interface Place {
  left: number;
  top: number;
  above: boolean;
}

/** Wrap one control; `text` only repeats what the control is already called. */
export function Tip({ text, keys, children }: { text: string; keys?: string; children: ReactNode }) {
  const id = useId();
  const wrapper = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [place, setPlace] = useState<Place | null>(null);

  const show = (wait: number): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const box = wrapper.current?.firstElementChild?.getBoundingClientRect();
      if (box === undefined) return;
      const above = box.bottom + 48 > window.innerHeight;
      const half = Math.min(140, text.length * 4 + 24);
      const middle = box.left + box.width / 2;
      const left = Math.min(Math.max(middle, half + edge), window.innerWidth - half - edge);
      setPlace({ left, top: above ? box.top - 6 : box.bottom + 6, above });
    }, wait);
  };
  // What the focus has left must not lie over what it comes to, not even for a moment.
  const drop = (): void => {
    clearTimeout(timer.current);
    setPlace(null);
  };
  const hide = (): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setPlace(null);
    }, goodbye);
  };

  useEffect(() => () => { clearTimeout(timer.current); }, []);
  useEffect(() => {
    if (place === null) return;
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setPlace(null);
    };
    window.addEventListener('keydown', close, true);
    return () => {
      window.removeEventListener('keydown', close, true);
    };
  }, [place]);

  return (
    <span
      ref={wrapper}
      className="contents"
      onPointerEnter={(event) => { if (event.pointerType === 'mouse') show(patience); }}
      onPointerLeave={() => { hide(); }}
      onPointerDown={drop}
      onFocus={(event) => { if (event.target.matches(':focus-visible')) show(0); }}
      onBlur={drop}
    >
      {children}
      {place !== null &&
        createPortal(
          <span
            id={id}
            role="tooltip"
            className="pointer-events-auto fixed z-50 max-w-[280px] rounded-control bg-ink px-2 py-1 text-caption text-bg shadow-float"
            style={{
              left: place.left,
              top: place.top,
              transform: `translate(-50%, ${place.above ? '-100%' : '0'})`,
            }}
            onPointerEnter={() => { clearTimeout(timer.current); }}
            onPointerLeave={() => { hide(); }}
          >
            {text}
            {keys !== undefined && <kbd className="ml-2 opacity-75">{keys}</kbd>}
          </span>,
          document.body,
        )}
    </span>
  );
}
