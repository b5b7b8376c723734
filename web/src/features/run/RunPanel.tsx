/** A run beside the page it was opened from; on a narrow screen, over it. */

import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { Run, RunDetails } from '~/api/types';
import { AttemptPicker } from '~/features/run/AttemptPicker';
import { RunFacts } from '~/features/run/RunFacts';
import { RunMissing } from '~/features/run/RunMissing';
import { RunView } from '~/features/run/RunView';
import { useListedRun, useRun } from '~/features/run/useRun';
import { useKeys } from '~/lib/keys';
import { runName, runNumber } from '~/lib/naming';
import { setPreferences, usePreferences } from '~/lib/preferences';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { shownStatus } from '~/lib/status';
import { buttonClass, IconButton } from '~/ui/Button';
import { Bone } from '~/ui/Card';
import { CopyButton } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';
import { Modal } from '~/ui/overlays/Modal';
import { StatusPill } from '~/ui/StatusIcon';
import { narrow, useMedia } from '~/ui/useMedia';

const least = 480;
const most = 800;

/** The panel of `?peek=`. */
export default function RunPanel({ id }: { id: string }) {
  const { attempt } = useSearchParams();
  const setSearch = useSetSearch();
  const small = useMedia(narrow);
  const { asked, newest } = useRun(id, attempt);
  const close = (): void => {
    setSearch({ peek: undefined, tab: undefined, attempt: undefined });
    // The row it was opened from gets the focus back.
    document.querySelector<HTMLElement>(`tr[data-run="${CSS.escape(id)}"]`)?.focus();
  };
  const details = asked.data;
  const listed = useListedRun(id);
  const run = details?.run ?? listed;
  const name = run === undefined ? 'Run' : runName(run.workflow, run.run_number);
  const content = (
    <>
      <PanelHead run={run} attempts={(newest ?? details)?.attempts ?? []} id={id} close={close} />
      {details !== undefined ? (
        <RunView details={details} newest={newest} wide={false} />
      ) : asked.error !== null ? (
        <RunMissing error={asked.error} retry={() => void asked.refetch()} />
      ) : (
        <>
          {listed !== undefined && <RunFacts run={listed} />}
          <Skeleton />
        </>
      )}
    </>
  );
  if (small) {
    return (
      <Modal label={`Run ${name}`} close={close}>
        {content}
      </Modal>
    );
  }
  return (
    <Beside label={`Run ${name}`} close={close}>
      {content}
    </Beside>
  );
}

function Beside({ label, close, children }: { label: string; close: () => void; children: ReactNode }) {
  const { panelWidth } = usePreferences();
  useKeys({ Escape: close });
  return (
    <aside
      id="panel"
      aria-label={label}
      tabIndex={-1}
      className="sticky top-12 z-10 flex h-[calc(100dvh-3rem)] shrink-0 border-l border-line bg-bg"
      style={{ width: Math.min(most, Math.max(least, panelWidth)) }}
    >
      <Handle />
      <div className="min-w-0 flex-1 overflow-y-auto pb-8" data-scroll>{children}</div>
    </aside>
  );
}

/** The edge by which the panel is made wider: by dragging, or by the arrow keys. */
function Handle() {
  const { panelWidth } = usePreferences();
  const dragging = useRef(false);
  const set = (width: number): void => {
    setPreferences({ panelWidth: Math.round(Math.min(most, Math.max(least, width))) });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: 20, ArrowRight: -20 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    set(panelWidth + step);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (dragging.current) set(window.innerWidth - event.clientX);
  };
  return (
    <div
      role="slider"
      aria-label="Width of the panel"
      aria-orientation="horizontal"
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={panelWidth}
      tabIndex={0}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none hover:bg-accent/30 focus-visible:bg-accent/30"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        dragging.current = false;
      }}
    />
  );
}

interface PanelHeadProps {
  run: Run | undefined;
  attempts: RunDetails['attempts'];
  id: string;
  close: () => void;
}

function PanelHead({ run, attempts, id, close }: PanelHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.closest('[data-scroll]')?.scrollTo({ top: 0 });
  }, [id]);
  return (
    <div className="sticky top-0 z-10 flex flex-wrap items-center gap-2 bg-bg px-3 pt-2 pb-2">
      {run !== undefined && <StatusPill status={shownStatus(run.status, run.conclusion)} />}
      <h2 ref={heading} className="min-w-0 flex-1 truncate text-section font-semibold">
        {run === undefined ? 'Run' : run.workflow}{' '}
        {run !== undefined && <span className="font-normal text-ink-2">{runNumber(run.run_number)}</span>}
      </h2>
      {run !== undefined && <AttemptPicker shown={run.attempt} attempts={attempts} />}
      <span className="flex items-center">
        <Link
          to="/runs/$runId"
          params={{ runId: id }}
          search={(before: Search) => keepGlobal(before)}
          aria-label="Open as a page"
          className={buttonClass('quiet', 'w-7 px-0')}
        >
          <Icon name="expand" />
        </Link>
        <CopyButton
          text={`${window.location.origin}/runs/${id}`}
          label="Copy link to this run"
          done="Link to the run copied"
        />
        {run?.html_url != null && (
          <a
            href={run.html_url}
            target="_blank"
            rel="noopener noreferrer"
            aria-label="Open at its provider (new tab)"
            className={buttonClass('quiet', 'w-7 px-0')}
          >
            <Icon name="external" />
          </a>
        )}
        <IconButton icon="close" label="Close" keys="Esc" onClick={close} />
      </span>
    </div>
  );
}

function Skeleton() {
  return (
    <div className="flex flex-col gap-3 px-3" data-skeleton aria-hidden="true">
      <Bone className="h-28 w-full" />
      <Bone className="h-8 w-full" />
      <Bone className="h-64 w-full" />
    </div>
  );
}
