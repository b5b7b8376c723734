/** A part of the page whose code comes when it is wanted, and may fail without the rest. */

import { Component, Suspense, type ReactNode } from 'react';
import { dropHeldKeys } from '~/lib/heldKeys';
import { isMissingFile, reloadIfServed, reloadOnce } from '~/lib/missingFile';
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

/** Why a part is not shown; `asked` until it is known whether a reload helps. */
type Failure = 'asked' | 'away' | 'lost';

interface PartState {
  failure: Failure | null;
}

/** Waits for its code; when that does not come even after a reload, says so in its own place. */
export class Part extends Component<PartProps, PartState> {
  override state: PartState = { failure: null };

  static getDerivedStateFromError(): PartState {
    return { failure: 'asked' };
  }

  override componentDidCatch(error: unknown): void {
    void this.recover(error);
  }

  private async recover(error: unknown): Promise<void> {
    const reload = isMissingFile(error) ? await reloadOnce() : 'tried';
    if (reload === 'comes') return;
    const failure = reload === 'away' ? 'away' : 'lost';
    this.setState({ failure });
    if (this.props.waiting !== undefined) return;
    dropHeldKeys();
    toast(`${this.props.what} could not be loaded. ${advice[failure]}`, {
      kind: 'problem',
      action: { label: again[failure], run: () => void reloadIfServed() },
    });
  }

  override render(): ReactNode {
    const { what, waiting, children } = this.props;
    const { failure } = this.state;
    if (failure === null) return <Suspense fallback={waiting ?? <Holding />}>{children}</Suspense>;
    if (waiting === undefined) return null;
    if (failure === 'asked') return waiting;
    return (
      <div role="group" aria-label={`Could not load ${what}`} className="flex flex-col items-start gap-2 py-3">
        <p className="flex items-center gap-2 font-medium">
          <Icon name="warning" className="text-warn" />
          {what} could not be loaded
        </p>
        <p className="text-control text-ink-2">{reasons[failure]}</p>
        <Button icon="refresh" onClick={() => void reloadIfServed()}>
          {again[failure]}
        </Button>
      </div>
    );
  }
}

const reasons = {
  away: 'The server does not answer, so the file that draws this did not come.',
  lost: 'The file that draws this did not come. A content blocker may hold it back, or the server was updated.',
} as const;

const advice = {
  away: 'The server does not answer.',
  lost: 'Check the connection, then reload the page.',
} as const;

const again = { away: 'Try again', lost: 'Reload the page' } as const;
