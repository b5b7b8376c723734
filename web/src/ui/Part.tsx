/** A part of the page whose code comes when it is wanted, and may fail without the rest. */

import { Component, Suspense, type ReactNode } from 'react';
import { dropHeldKeys } from '~/lib/heldKeys';
import { isMissingFile, reloadOnce } from '~/lib/missingFile';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Holding } from '~/ui/Holding';
import { Icon } from '~/ui/Icon';

interface PartProps {
  /** What it is, as in `The durations could not be loaded`. */
  what: string;
  /**
   * Keeps its room until it is there; without one it floats: it gets the keys that are pressed
   * meanwhile, and its failure is told in a message.
   */
  waiting?: ReactNode;
  children: ReactNode;
}

/** Waits for its code; when that does not come even after a reload, says so in its own place. */
export class Part extends Component<PartProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    if (isMissingFile(error) && reloadOnce()) return;
    if (this.props.waiting === undefined) {
      dropHeldKeys();
      toast(`${this.props.what} could not be loaded. Check the connection, then reload the page.`, {
        kind: 'problem',
        action: { label: 'Reload', run: reload },
      });
    }
  }

  override render(): ReactNode {
    const { what, waiting, children } = this.props;
    if (!this.state.failed) return <Suspense fallback={waiting ?? <Holding />}>{children}</Suspense>;
    if (waiting === undefined) return null;
    return (
      <div role="group" aria-label={`Could not load ${what}`} className="flex flex-col items-start gap-2 py-3">
        <p className="flex items-center gap-2 font-medium">
          <Icon name="warning" className="text-warn" />
          {what} could not be loaded
        </p>
        <p className="text-control text-ink-2">
          The file that draws this did not come. A content blocker may hold it back, or the server was
          updated.
        </p>
        <Button icon="refresh" onClick={reload}>
          Reload the page
        </Button>
      </div>
    );
  }
}

function reload(): void {
  window.location.reload();
}
