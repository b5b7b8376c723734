/** The time window: three usual ones, any other, and earlier or later. */

import { useState, type SyntheticEvent } from 'react';
import { useFilters, useSetFilters } from '~/features/filters/choosing';
import { frozen, shifted } from '~/features/filters/window';
import { ranges, type Range } from '~/lib/search';
import { useNow } from '~/lib/ticker';
import { dayName, timeOfDay } from '~/lib/time';
import { Button, IconButton } from '~/ui/Button';
import { Popover } from '~/ui/Popover';
import { Segmented } from '~/ui/Segmented';
import { useZone } from '~/ui/zone';

/** 24h, 7d, 30d, Custom, and one step back or forth. */
export function RangePicker() {
  const search = useFilters();
  const setFilters = useSetFilters();
  const fixed = search.from !== undefined;
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Segmented<Range>
        label="Time window"
        choices={ranges.map((value) => ({ value, label: value }))}
        value={fixed ? null : (search.range ?? '7d')}
        onChange={(range) => {
          setFilters({ range, from: undefined, to: undefined });
        }}
      />
      <Popover
        label="Choose a time window"
        face={<Chosen />}
        className={fixed ? 'border-accent! bg-selected!' : ''}
      >
        {(close) => <CustomRange close={close} />}
      </Popover>
      <span className="flex gap-1.5">
        <IconButton
          icon="left"
          label="Earlier"
          keys="t ←"
          onClick={() => {
            setFilters((latest) => shifted(latest, -1));
          }}
        />
        <IconButton
          icon="right"
          label="Later"
          keys="t →"
          disabled={!fixed}
          onClick={() => {
            setFilters((latest) => shifted(latest, 1));
          }}
        />
      </span>
    </div>
  );
}

function Chosen() {
  const { from, to } = useFilters();
  const { zone, hours } = useZone();
  const now = useNow(60);
  if (from === undefined || to === undefined) return <span className="font-normal">Custom</span>;
  const show = (at: string): string => `${dayName(at, zone, now)} ${timeOfDay(at, zone, hours)}`;
  return (
    <span>
      {show(from)} – {show(to)}
    </span>
  );
}

/** `2026-11-20T14:02` of this computer's clock, as a date input wants it. */
function toLocal(iso: string): string {
  const at = new Date(iso);
  const shift = at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() - shift).toISOString().slice(0, 16);
}

function CustomRange({ close }: { close: () => void }) {
  const search = useFilters();
  const setFilters = useSetFilters();
  const now = frozen(search);
  const [from, setFrom] = useState(toLocal(now.from));
  const [to, setTo] = useState(toLocal(now.to));
  const [tried, setTried] = useState(false);
  const wrong = !(new Date(from) < new Date(to));
  const apply = (event: SyntheticEvent): void => {
    event.preventDefault();
    setTried(true);
    if (wrong) return;
    setFilters({
      range: undefined,
      from: new Date(from).toISOString().replace('.000Z', 'Z'),
      to: new Date(to).toISOString().replace('.000Z', 'Z'),
    });
    close();
  };
  return (
    <form className="flex w-72 flex-col gap-3 p-3" onSubmit={apply} noValidate>
      <Instant label="From" value={from} onChange={setFrom} />
      <Instant label="To" value={to} onChange={setTo} wrong={tried && wrong} />
      {tried && wrong && (
        <p id="range-problem" className="text-caption text-fail">
          The end has to be after the beginning.
        </p>
      )}
      <p className="text-caption text-ink-2">
        In this computer’s time, {Intl.DateTimeFormat().resolvedOptions().timeZone}.
      </p>
      <Button look="strong" type="submit">
        Apply
      </Button>
    </form>
  );
}

interface InstantProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  wrong?: boolean;
}

function Instant({ label, value, onChange, wrong = false }: InstantProps) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-caption text-ink-2">{label}</span>
      <input
        type="datetime-local"
        value={value}
        aria-invalid={wrong}
        aria-describedby={wrong ? 'range-problem' : undefined}
        className="h-8 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </label>
  );
}
