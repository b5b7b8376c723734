/** What arrived at the doors, with what became of each. */

import { Link } from '@tanstack/react-router';
import type { DeliveryItem } from '~/api/types';
import { bytes } from '~/lib/numbers';
import { Ago } from '~/ui/Time';

const words: Readonly<Record<DeliveryItem['result'], string>> = {
  stored: '✓ stored',
  duplicate: '= seen before',
  ignored: '– ignored',
  unparsable: '✕ not understood',
};

const inks: Readonly<Record<DeliveryItem['result'], string>> = {
  stored: 'text-ok',
  duplicate: 'text-ink-2',
  ignored: 'text-ink-2',
  unparsable: 'text-fail',
};

const head = 'sticky top-0 border-b border-line bg-bg px-3 py-1.5 text-left text-caption font-medium text-ink-2';

/** A table that scrolls by itself. */
export function Deliveries({ items }: { items: readonly DeliveryItem[] }) {
  if (items.length === 0) return <p className="px-3 pb-3 text-control text-ink-2">Nothing has arrived yet.</p>;
  return (
    <div className="max-h-96 overflow-auto" tabIndex={0} role="region" aria-label="Table of events">
      <table className="w-full text-control whitespace-nowrap">
        <thead>
          <tr>
            <th scope="col" className={head}>When</th>
            <th scope="col" className={head}>Event</th>
            <th scope="col" className={head}>Repository</th>
            <th scope="col" className={head}>Result</th>
            <th scope="col" className={`${head} text-right`}>Size</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id} className="border-b border-line last:border-0">
              <td className="px-3 py-1.5 text-ink-2">
                <Ago at={item.received_at} />
              </td>
              <td className="px-3">
                <code className="text-caption">
                  {item.event}
                  {item.action !== null && `.${item.action}`}
                </code>
              </td>
              <td className="px-3">
                {item.run_id === null ? (
                  (item.repo ?? '–')
                ) : (
                  <Link to="/runs/$runId" params={{ runId: String(item.run_id) }} className="hover:underline">
                    {item.repo ?? `run ${item.run_id}`}
                  </Link>
                )}
              </td>
              <td className={`px-3 ${inks[item.result]}`}>
                {words[item.result]}
                {item.reason !== null && <span className="ml-2 text-ink-2">{item.reason}</span>}
              </td>
              <td className="px-3 text-right text-ink-2">{bytes(item.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
