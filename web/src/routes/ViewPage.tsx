import { Page, PageTitle } from '~/features/shell/Page';
export function ViewPage() {
  return (
    <Page title={['View']}>
      <PageTitle>View</PageTitle>
    </Page>
  );
}
