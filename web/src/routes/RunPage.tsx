import { Page, PageTitle } from '~/features/shell/Page';
export function RunPage() {
  return (
    <Page title={['Run']}>
      <PageTitle>Run</PageTitle>
    </Page>
  );
}
