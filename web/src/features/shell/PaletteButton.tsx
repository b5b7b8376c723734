/** Opens the command palette, which is loaded when it is first wanted. */

import { useState } from 'react';
import { useShellKeys } from '~/lib/keys';
import { Icon } from '~/ui/Icon';
import { latePart } from '~/ui/latePart';
import { Part } from '~/ui/Part';

const palette = latePart(() => import('~/features/palette/Palette'));

/** The search button of the header, and its key. */
export function PaletteButton() {
  const [open, setOpen] = useState(false);
  useShellKeys({
    'Mod+k': () => {
      setOpen(!open);
    },
  });
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-7 items-center gap-2 rounded-control border border-line bg-surface px-2 text-control text-ink-2 hover:border-line-strong hover:text-ink max-lg:size-7 max-lg:justify-center max-lg:border-transparent max-lg:bg-transparent max-lg:px-0 lg:w-56 coarse:min-h-11 coarse:max-lg:w-11"
        onPointerEnter={palette.fetch}
        onFocus={palette.fetch}
        onClick={() => {
          setOpen(true);
        }}
      >
        <Icon name="search" />
        <span className="max-lg:sr-only">Search or jump…</span>
        <kbd aria-hidden="true" className="ml-auto text-caption max-lg:hidden">{isMac() ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      {open && (
        <Part what="The search">
          <palette.Part
            close={() => {
              setOpen(false);
            }}
          />
        </Part>
      )}
    </>
  );
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
