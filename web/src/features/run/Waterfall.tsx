/** When each job waited and ran, as bars that can be walked through by keys. */

import { useState } from 'react';
import type { RunDetails } from '~/api/types';
import { axisOf, jobRow, jobsInTime, openAtFirst, stepRow } from '~/features/run/waterfall';
import { WaterfallRows, type Clock } from '~/features/run/WaterfallRows';
import { isOpen } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { Empty } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { Icon } from '~/ui/Icon';
import { Segmented } from '~/ui/Segmented';

/** The filter hides rows and never moves the axis. */
export function Waterfall({ details, wide }: { details: RunDetails; wide: boolean }) {
  const { run, jobs } = details;
  const ticking = isOpen(run.status) || jobs.some((job) => isOpen(job.status));
  const now = useNow(ticking ? 1 : 3600);
  const [clock, setClock] = useState<Clock>('relative');
  const [text, setText] = useState('');
  const [open, setOpen] = useState(() => openAtFirst(jobs));
  const [stop, setStop] = useState('');
  if (jobs.length === 0) {
    return (
      <div className="pt-3">
        <Empty title="No jobs to draw yet">Bars appear when the first job is heard of.</Empty>
      </div>
    );
  }
  const axis = axisOf(jobs, run.attempt, now);
  const wanted = text.trim().toLowerCase();
  const rows = jobsInTime(jobs)
    .filter((job) => job.name.toLowerCase().includes(wanted))
    .flatMap((job) => [
      jobRow(job, axis, run.attempt, now),
      ...(open.has(job.id) ? job.steps.map((step) => stepRow(job, step, axis, now)) : []),
    ]);
  const fold = (id: number, wantOpen: boolean): void => {
    const after = new Set(open);
    if (wantOpen) after.add(id);
    else after.delete(id);
    setOpen(after);
  };
  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2">
        <label className="flex h-7 items-center gap-1.5 rounded-control border border-line-strong pl-2 coarse:h-11">
          <Icon name="filter" className="text-ink-3" />
          <span className="sr-only">Filter jobs by name</span>
          <input
            type="search"
            value={text}
            placeholder="Filter jobs"
            className="h-full w-36 bg-transparent text-control outline-none max-sm:text-section"
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
        </label>
        <Segmented<Clock>
          label="Axis"
          choices={[
            { value: 'relative', label: 'From start' },
            { value: 'clock', label: 'Clock' },
          ]}
          value={clock}
          onChange={setClock}
        />
        <Legend />
        <CsvLink
          label="Export the waterfall as CSV"
          path={`runs/${run.id}/waterfall`}
          params={{ attempt: run.attempt }}
        />
      </div>
      <WaterfallRows
        rows={rows}
        axis={axis}
        clock={clock}
        open={open}
        fold={fold}
        stop={rows.some((row) => row.key === stop) ? stop : (rows[0]?.key ?? '')}
        setStop={setStop}
        wide={wide}
      />
    </div>
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
