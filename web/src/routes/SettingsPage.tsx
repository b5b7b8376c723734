/** The settings: a list of sections, and the one that is chosen. */

import { Link, useParams } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { ChannelList } from '~/features/alerts/channels/ChannelList';
import { AppearanceSettings } from '~/features/settings/AppearanceSettings';
import { BadgeSettings } from '~/features/settings/BadgeSettings';
import { Later } from '~/features/settings/Later';
import { RepositorySettings } from '~/features/settings/RepositorySettings';
import { RetentionSettings } from '~/features/settings/RetentionSettings';
import { SystemSettings } from '~/features/settings/SystemSettings';
import { Page } from '~/features/shell/Page';
import { NotFoundPage } from '~/routes/NotFoundPage';

interface Section {
  key: string;
  name: string;
  page: ReactNode;
}

const sections: readonly Section[] = [
  { key: 'repositories', name: 'Repositories', page: <RepositorySettings /> },
  {
    key: 'integrations',
    name: 'Integrations',
    page: <ChannelList />,
  },
  {
    key: 'tokens',
    name: 'Ingestion tokens',
    page: (
      <Later title="Tokens come with users">
        Until then one token and one secret of the server open the push doors:
        PULSEBOARD_INGEST_TOKEN and PULSEBOARD_INGEST_SECRET.
      </Later>
    ),
  },
  { key: 'retention', name: 'Retention', page: <RetentionSettings /> },
  {
    key: 'users',
    name: 'Users',
    page: (
      <Later title="Users are not part of this version yet">
        On its own machine the server is open to whoever sits at it. From elsewhere it answers only
        when started with --allow-anonymous=viewer, and then everybody may read.
      </Later>
    ),
  },
  { key: 'badges', name: 'Badges and wall', page: <BadgeSettings /> },
  { key: 'appearance', name: 'Appearance and keyboard', page: <AppearanceSettings /> },
  { key: 'system', name: 'System', page: <SystemSettings /> },
];

/** On a phone the sections lie in one line that is longer than the screen. */
function intoSight(link: HTMLElement | null): void {
  const line = link?.closest('ul');
  if (link === null || line == null) return;
  // scrollIntoView would also make the link the place from which Tab goes on.
  line.scrollLeft = link.offsetLeft - line.offsetLeft - (line.clientWidth - link.offsetWidth) / 2;
}

/** Without a section the first one is shown. */
export function SettingsPage() {
  const { section: key = 'repositories' }: { section?: string } = useParams({ strict: false });
  const section = sections.find((one) => one.key === key);
  if (section === undefined) return <NotFoundPage />;
  return (
    <Page title={[section.name, 'Settings']}>
      <div className="flex flex-col gap-4 lg:flex-row lg:gap-8">
        <nav aria-label="Settings" className="shrink-0 lg:w-52">
          <ul className="flex gap-1 overflow-x-auto pb-1 lg:flex-col lg:pb-0">
            {sections.map((one) => (
              <li key={one.key}>
                <Link
                  ref={one.key === key ? intoSight : undefined}
                  to="/settings/$section"
                  params={{ section: one.key }}
                  aria-current={one.key === key ? 'page' : undefined}
                  className={clsx(
                    'flex min-h-8 items-center rounded-control px-2.5 text-control whitespace-nowrap coarse:min-h-11',
                    one.key === key
                      ? 'bg-selected font-semibold'
                      : 'text-ink-2 hover:bg-hover hover:text-ink',
                  )}
                >
                  {one.name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className="min-w-0 max-w-4xl flex-1">
          <h1 tabIndex={-1} className="mb-3 text-title font-semibold">
            {section.name}
          </h1>
          <div className="flex flex-col gap-3">{section.page}</div>
        </div>
      </div>
    </Page>
  );
}
