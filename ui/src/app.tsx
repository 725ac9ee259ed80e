import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { Failure } from './api/client';
import { session, sessionKey } from './api/session';
import { router } from './router';
import { theme } from './theme';

const colorScheme = localStorageColorSchemeManager({ key: 'candor-color-scheme' });

/** A request that was refused is not made again: only what the network or the server failed at. */
function again(tries: number, error: Error): boolean {
  const passing = !(error instanceof Failure) || error.status >= 500;
  return passing && tries < 2;
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error, query) {
      // Whatever was asked: the session is over, and the shell asks to sign in.
      if (error instanceof Failure && error.status === 401 && query.queryKey[0] !== sessionKey[0]) {
        queries.setQueryData(sessionKey, null);
      }
    },
  }),
  defaultOptions: { queries: { retry: again, staleTime: 15_000, refetchOnWindowFocus: true } },
});

// Asked at once, while the page's own code is still on its way.
queries.query(session).catch(() => {
  // The shell says what failed.
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        colorSchemeManager={colorScheme}
        withCssVariables={false}
        withGlobalClasses={false}
        withStaticClasses
      >
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>
  );
}
