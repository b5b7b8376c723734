/** What the source sent about a run, as it came. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { rawQuery } from '~/api/queries';
import type { RawDelivery, Run } from '~/api/types';
import { JsonTree } from '~/features/run/JsonTree';
import { bytes } from '~/lib/numbers';
import { exactTime } from '~/lib/time';
import { Answer, Bone, Empty } from '~/ui/Card';
import { CopyButton } from '~/ui/CopyButton';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';
import { useZone } from '~/ui/zone';

/** Larger bodies are shown as text, which is quicker than a tree. */
const mostForTree = 2_000_000;

/** One delivery at a time; secrets have been masked by the server. */
export function RawTab({ run }: { run: Run }) {
  const asked = useQuery(rawQuery(String(run.id)));
  return (
    <div className="p-3">
      <Answer what="the raw data" asked={asked} skeleton={<Bone className="h-72 w-full" />}>
        {(raw) =>
          raw.deliveries.length === 0 ? (
            <Empty title="Nothing is kept">
              The payloads of this run were deleted by retention, or the run was imported without
              them.
            </Empty>
          ) : (
            <Deliveries key={run.id} deliveries={raw.deliveries} />
          )
        }
      </Answer>
    </div>
  );
}

function Deliveries({ deliveries }: { deliveries: readonly RawDelivery[] }) {
  const [id, setId] = useState(deliveries[0]?.id);
  const shown = deliveries.find((one) => one.id === id) ?? deliveries[0];
  if (shown === undefined) return null;
  const text = JSON.stringify(shown.body, null, 2);
  return (
    <>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <DeliveryPicker deliveries={deliveries} shown={shown} onChoose={setId} />
        <span className="text-caption text-ink-2">{bytes(shown.size)}</span>
        <span className="ml-auto">
          <CopyButton text={text} done="Payload copied">
            Copy all
          </CopyButton>
        </span>
      </div>
      {shown.size > mostForTree ? (
        <pre className="max-h-[70dvh] overflow-auto rounded-control bg-surface p-3 text-caption" tabIndex={0}>
          {text}
        </pre>
      ) : (
        <JsonTree key={shown.id} value={shown.body} label={nameOf(shown)} />
      )}
    </>
  );
}

function nameOf(delivery: RawDelivery): string {
  return delivery.action === null ? delivery.event : `${delivery.event}.${delivery.action}`;
}

interface DeliveryPickerProps {
  deliveries: readonly RawDelivery[];
  shown: RawDelivery;
  onChoose: (id: number) => void;
}

function DeliveryPicker({ deliveries, shown, onChoose }: DeliveryPickerProps) {
  const { zone, hours } = useZone();
  if (deliveries.length === 1) return <code className="text-control">{nameOf(shown)}</code>;
  return (
    <Popover
      label="Delivery"
      role="menu"
      face={
        <code className="text-caption">
          {nameOf(shown)} {exactTime(shown.received_at, zone, hours)}
        </code>
      }
    >
      {(close) => (
        <Menu
          close={close}
          items={deliveries.map((one) => ({
            label: nameOf(one),
            note: exactTime(one.received_at, zone, hours),
            chosen: one.id === shown.id,
            run: () => {
              onChoose(one.id);
            },
          }))}
        />
      )}
    </Popover>
  );
}
