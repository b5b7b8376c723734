import { Page, PageTitle } from '~/features/shell/Page';
export function WelcomePage() {
  return (
    <Page title={['Welcome']}>
      <PageTitle>Welcome</PageTitle>
    </Page>
  );
}
