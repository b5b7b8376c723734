/** Starts the dashboard. */

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { boot } from '~/api/boot';
import { makeQueryClient } from '~/api/queries';
import { follow } from '~/features/live/follow';
import { watchPreferences } from '~/lib/preferences';
import { alignClock } from '~/lib/ticker';
import { makeRouter } from '~/routes/router';
import '~/styles.css';

const client = makeQueryClient();
const router = makeRouter(client);

watchPreferences();
if (boot.meta != null) alignClock(boot.meta.server_time);
follow(client);

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
