/** A dialog over the whole of a narrow screen. */

import * as Radix from '@radix-ui/react-dialog';
import '~/ui/overlays/nonce';
import type { ReactNode } from 'react';

/** Traps the focus; Escape closes it. The content brings its own heading and cross. */
export function Modal({ label, close, children }: { label: string; close: () => void; children: ReactNode }) {
  return (
    <Radix.Root
      open
      onOpenChange={(open) => {
        if (!open) close();
      }}
    >
      <Radix.Portal>
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-40 overflow-y-auto bg-bg pb-8"
          data-scroll
          onOpenAutoFocus={(event) => {
            // The first control would show its tip at once; the dialog itself takes the focus.
            event.preventDefault();
            (event.currentTarget as HTMLElement | null)?.focus();
          }}
        >
          <Radix.Title className="sr-only">{label}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
