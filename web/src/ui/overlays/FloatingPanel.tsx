/** The floating part of a popover, on Radix; loaded when the first one is about to open. */

import * as Radix from '@radix-ui/react-popover';
import '~/ui/overlays/nonce';
import type { ReactNode, RefObject } from 'react';

interface FloatingPanelProps {
  anchor: RefObject<HTMLElement | null>;
  label: string;
  align: 'start' | 'center' | 'end';
  role: 'dialog' | 'menu';
  close: () => void;
  children: ReactNode;
}

/**
 * Place the content at its anchor, close it on Escape and outside, and give the focus back. It lies
 * as high as dialogs do: of two of these, the later one is on top.
 */
export default function FloatingPanel({ anchor, label, align, role, close, children }: FloatingPanelProps) {
  return (
    <Radix.Root
      open
      onOpenChange={(open) => {
        if (!open) close();
      }}
    >
      <Radix.Anchor virtualRef={anchor} />
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          role={role}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="popping z-40 max-h-(--radix-popover-content-available-height) max-w-[calc(100vw-16px)] overflow-auto rounded-card border border-line bg-raised text-control shadow-float"
          onInteractOutside={(event) => {
            // The trigger closes what it opened; closing here first would make it open again.
            if (anchor.current?.contains(event.target as Node) === true) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const holder = document.activeElement;
            if (holder === null || holder === document.body) anchor.current?.focus();
          }}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
