/** When each job waited and ran, as bars that can be walked through by keys. */

import { useState } from 'react';
import type { RunDetails } from '~/api/types';
import { NoJobs } from '~/features/run/JobsTab';
import {
  axisOf,
  jobRow,
  jobsInTime,
  knowsCriticalPath,
  lockedAxis,
  openAtFirst,
  stepRow,
  type Axis,
} from '~/features/run/waterfall';
import { WaterfallRows, type Clock } from '~/features/run/WaterfallRows';
import { useKeys } from '~/lib/keys';
import { setPreferences, usePreferences } from '~/lib/preferences';
import { isOpen } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { duration } from '~/lib/time';
import { toast } from '~/lib/toasts';
import { CsvLink } from '~/ui/CsvLink';
import { Icon } from '~/ui/Icon';
import { Segmented } from '~/ui/Segmented';
import { useWidth } from '~/ui/useWidth';

interface WaterfallProps {
  details: RunDetails;
  wide: boolean;
}

/** The bars, or why there are none. */
export function Waterfall({ details, wide }: WaterfallProps) {
  if (details.jobs.length === 0) return <NoJobs run={details.run} />;
  return <Bars details={details} wide={wide} />;
}

/** The filter hides rows and never moves the axis. From run to run all stays but what is unfolded. */
function Bars({ details, wide }: WaterfallProps) {
  const { run, jobs } = details;
  const ticking = isOpen(run.status) || jobs.some((job) => isOpen(job.status));
  const now = useNow(ticking ? 1 : 3600);
  const [clock, setClock] = useState<Clock>('relative');
  const [text, setText] = useState('');
  const [stop, setStop] = useState('');
  const { open, fold } = useFolds(details);
  const critical = useCriticalOnly(knowsCriticalPath(jobs));
  const whole = axisOf(jobs, run.attempt, now);
  const { axis, timeline, width, scale } = useScale(whole);
  const wanted = text.trim().toLowerCase();
  const rows = jobsInTime(jobs)
    .filter((job) => job.name.toLowerCase().includes(wanted))
    .filter((job) => !critical.isOn || job.on_critical_path === true)
    .flatMap((job) => [
      jobRow(job, axis, run.attempt, now),
      ...(open.has(job.id) ? job.steps.map((step) => stepRow(job, step, axis, now)) : []),
    ]);
  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2">
        <NameFilter text={text} onChange={setText} />
        {scale}
        <Segmented<Clock>
          label="Axis"
          choices={[
            { value: 'relative', label: 'From start' },
            { value: 'clock', label: 'Clock' },
          ]}
          value={clock}
          onChange={setClock}
        />
        {critical.toggle}
        <Legend />
        <CsvLink
          label="Export the waterfall as CSV"
          path={`runs/${run.id}/waterfall`}
          params={{ attempt: run.attempt }}
        />
      </div>
      <p role="status" className="px-3 text-caption text-ink-2 not-empty:pb-2">
        {axis.isCut === true &&
          `The locked scale shows the first ${duration((axis.to - axis.from) / 1000)} of ${duration((whole.to - whole.from) / 1000)}; Fit shows all.`}
      </p>
      <WaterfallRows
        rows={rows}
        axis={axis}
        clock={clock}
        open={open}
        fold={fold}
        stop={rows.some((row) => row.key === stop) ? stop : (rows[0]?.key ?? '')}
        setStop={setStop}
        wide={wide}
        timeline={timeline}
        width={width}
        none={critical.isOn ? 'No job by that name is on the critical path.' : 'No job by that name.'}
      />
    </div>
  );
}

/** Which jobs show their steps: with each run anew, those that failed. */
function useFolds({ run, jobs }: RunDetails) {
  const shown = `${run.id} ${run.attempt}`;
  const [owner, setOwner] = useState(shown);
  const [open, setOpen] = useState(() => openAtFirst(jobs));
  if (owner !== shown) {
    setOwner(shown);
    setOpen(openAtFirst(jobs));
  }
  const fold = (id: number, wantOpen: boolean): void => {
    const after = new Set(open);
    if (wantOpen) after.add(id);
    else after.delete(id);
    setOpen(after);
  };
  return { open, fold };
}

/** The axis, and the choice between one that fits the run and one with the scale of another run. */
function useScale(whole: Axis) {
  const { waterfallScale } = usePreferences();
  const [timeline, width] = useWidth<HTMLSpanElement>();
  const isLocked = waterfallScale !== null && waterfallScale > 0 && width > 0;
  const lock = (value: 'fit' | 'locked'): void => {
    if (value === 'fit') setPreferences({ waterfallScale: null });
    else if (!isLocked && width > 0) setPreferences({ waterfallScale: (whole.to - whole.from) / width });
  };
  const scale = (
    <Segmented<'fit' | 'locked'>
      label="Scale"
      choices={[
        { value: 'fit', label: 'Fit' },
        { value: 'locked', label: 'Lock scale' },
      ]}
      value={waterfallScale === null ? 'fit' : 'locked'}
      onChange={lock}
    />
  );
  return { axis: isLocked ? lockedAxis(whole, waterfallScale, width) : whole, timeline, width, scale };
}

const unknownPath =
  'The critical path of this run is not known: nothing has said which of its jobs wait for which.';

/** Whether only the jobs are shown that the run was waiting for; `c` changes it, or says why it cannot. */
function useCriticalOnly(isKnown: boolean) {
  const [wanted, setWanted] = useState(false);
  useKeys({
    c: () => {
      if (isKnown) setWanted(!wanted);
      else toast(unknownPath, { kind: 'note' });
    },
  });
  const isOn = isKnown && wanted;
  const toggle = isKnown && (
    <Segmented<'all' | 'critical'>
      label="Jobs shown"
      choices={[
        { value: 'all', label: 'All jobs' },
        { value: 'critical', label: 'Critical path' },
      ]}
      value={isOn ? 'critical' : 'all'}
      onChange={(value) => {
        setWanted(value === 'critical');
      }}
    />
  );
  return { isOn, toggle };
}

function NameFilter({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  return (
    <label className="flex h-7 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
      <Icon name="filter" className="text-ink-3" />
      <span className="sr-only">Filter jobs by name</span>
      <input
        type="search"
        value={text}
        placeholder="Filter jobs"
        className="h-full w-36 bg-transparent text-control outline-none max-sm:text-section"
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </label>
  );
}

function Legend() {
  return (
    <p className="ml-auto flex items-center gap-3 text-caption text-ink-2 max-sm:hidden">
      <span className="inline-flex items-center gap-1.5">
        <span className="hatched inline-block h-2.5 w-5 rounded-small border border-neutral-edge" />
        waiting
      </span>
      <span className="inline-flex items-center gap-1.5">
        <span className="inline-block h-2.5 w-5 rounded-small border border-ok-edge bg-ok-fill" />
        running
      </span>
    </p>
  );
}
