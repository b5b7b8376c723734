import { Page, PageTitle } from '~/features/shell/Page';
export function SettingsPage() {
  return (
    <Page title={['Settings']}>
      <PageTitle>Settings</PageTitle>
    </Page>
  );
}
