/** All keys, and where to read more. */

import { usePreferences } from '~/lib/preferences';
import { Sheet } from '~/ui/overlays/Sheet';

const groups: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K or ⌘K', 'Search or jump to anything'],
      ['/', 'Go to the search of the page'],
      ['r', 'Refresh'],
      ['p', 'Pause live updates, or go on'],
      ['g o · g g · g r · g a · g s', 'Overview · Grid · Runs · Alerts · Settings'],
      ['t 1 · t 2 · t 3', 'Last 24 hours · 7 days · 30 days'],
      ['t ← · t → · t z · t a', 'Earlier · later · wider · fix the window'],
      ['f r · f w · f b', 'Choose repository · workflow · branch'],
      ['Shift C', 'Copy a link to this view'],
      ['F6 · Shift F6', 'Next · previous region of the page'],
      ['Alt T', 'Go to the messages in the corner'],
      ['Esc', 'Close what is on top'],
    ],
  },
  {
    title: 'Lists and grid',
    keys: [
      ['j · k or ↓ · ↑', 'Next · previous row'],
      ['] · [', 'Next · previous failed row; on the grid, red cell'],
      ['Enter', 'Open beside the list'],
      ['e', 'Open or close what is behind the row; on the grid, fold the repository'],
      ['o · Ctrl Enter', 'Open as a page · in a new tab'],
      ['l', 'Log, at the first error'],
      ['v', 'Raw data'],
      ['y', 'Copy a link to the row'],
      ['x', 'Select the row'],
      ['← ↑ ↓ →, Home, End, Page keys', 'Move through the cells of the grid'],
    ],
  },
  {
    title: 'Alerts',
    keys: [
      ['a', 'Acknowledge, or give back'],
      ['u', 'Mute…'],
      ['e', 'Show what is behind it'],
      ['x', 'Mark, to act on several'],
    ],
  },
  {
    title: 'A run',
    keys: [
      ['1 … 4', 'Jobs, waterfall, raw data, history'],
      [', · .', 'Previous · next attempt'],
      ['c', 'Only the critical path of the waterfall, or all of it'],
      ['← · →, Enter', 'Fold · unfold a job of the waterfall · its log, at that step'],
      ['l', 'Log, at the first error'],
    ],
  },
  {
    title: 'A log',
    keys: [
      ['n · N', 'Next · previous error'],
      ['/ or Ctrl F', 'Search the log; Ctrl F again searches the page'],
      ['Enter · Shift Enter', 'Next · previous match, in the search'],
      ['↓ · ↑, with Shift', 'Choose the next · previous line, or more lines'],
      ['y · Ctrl C', 'Copy a link to the lines · their text'],
      ['z · Z', 'Fold the step or group · everything'],
      ['w · m', 'Wrap long lines · only new lines'],
      ['g g · G · F', 'Top · end · follow the end'],
    ],
  },
];

/** The help dialog. */
export default function Help({ close }: { close: () => void }) {
  const { shortcuts } = usePreferences();
  return (
    <Sheet title="Shortcuts and help" close={close} wide>
      {!shortcuts && (
        <p className="mb-3 rounded-control bg-warn-tint px-3 py-2 text-control text-warn-tint-on">
          Single-key shortcuts are switched off. Settings, Appearance and keyboard, switches them on.
        </p>
      )}
      <div className="grid gap-4">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1 text-control font-semibold">{group.title}</h3>
            <dl className="grid grid-cols-[minmax(9rem,auto)_1fr] gap-x-4 gap-y-1 text-control">
              {group.keys.map(([keys, what]) => (
                <div key={keys} className="col-span-2 grid grid-cols-subgrid">
                  <dt>
                    <kbd className="text-caption">{keys}</kbd>
                  </dt>
                  <dd className="text-ink-2">{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="mt-4 text-control text-ink-2">
        Every number’s definition is on its page under “How to read this”. The API is described{' '}
        <a href="/docs" className="text-link underline">
          here
        </a>
        .
      </p>
    </Sheet>
  );
}
