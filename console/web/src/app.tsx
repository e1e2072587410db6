import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, RouterProvider, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";

import { Problem } from "./api";
import { Speaking } from "./i18n";
import { CasePage } from "./pages/case";
import { QueuePage } from "./pages/queue";
import { SignIn } from "./pages/signin";
import { validQueue } from "./queueaddress";
import { sessionQuery } from "./session";
import { Shell } from "./shell";
import { Notices } from "./parts/notices";

const client = new QueryClient({
  defaultOptions: { queries: { retry: (n, e) => n < 2 && !(e instanceof Problem && e.status >= 400 && e.status < 500), refetchOnWindowFocus: false, staleTime: 5_000 } },
});

function Root() {
  const at = useRouterState({ select: (s) => s.location.pathname });
  const navigate = useNavigate();
  const queries = useQueryClient();
  useEffect(() => {
    const ended = () => {
      if (location.pathname === "/sign-in") return;
      queries.clear();
      void navigate({ to: "/sign-in", search: { ended: true } });
    };
    document.addEventListener("session-ended", ended);
    return () => document.removeEventListener("session-ended", ended);
  }, [navigate, queries]);
  const session = useQuery(sessionQuery);
  if (at === "/sign-in") return <Outlet />;
  if (!session.data?.person) return null;
  return (
    <Shell>
      <Outlet />
    </Shell>
  );
}

const root = createRootRoute({
  component: Root,
  beforeLoad: async ({ location }) => {
    const session = await client.ensureQueryData(sessionQuery).catch(() => undefined);
    if (location.pathname !== "/sign-in" && !session?.person) throw redirect({ to: "/sign-in", search: {} });
  },
});

/** home is where a person's day begins. */
export const home = (rights: string[]) => (rights.includes("case.read") ? "/queue" : rights.includes("audit.read") ? "/keys" : rights.includes("record.prove") ? "/prove" : rights.includes("sessions.end") ? "/people" : "/queue");

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    beforeLoad: async () => {
      const session = await client.ensureQueryData(sessionQuery);
      throw redirect({ to: home(session.rights) as "/queue", search: {} });
    },
  }),
  createRoute({ getParentRoute: () => root, path: "/sign-in", component: SignIn, validateSearch: (s: Record<string, unknown>): { ended?: boolean; failed?: string } => ({ ended: s.ended ? true : undefined, failed: typeof s.failed === "string" ? s.failed : undefined }) }),
  createRoute({ getParentRoute: () => root, path: "/queue", component: QueuePage, validateSearch: validQueue }),
  createRoute({ getParentRoute: () => root, path: "/cases/$case", component: CasePage, validateSearch: validQueue }),
  createRoute({ getParentRoute: () => root, path: "/rings", component: lazyRouteComponent(() => import("./pages/rings"), "RingsPage") }),
  createRoute({ getParentRoute: () => root, path: "/rings/$ring", component: lazyRouteComponent(() => import("./pages/ring"), "RingPage") }),
  createRoute({ getParentRoute: () => root, path: "/lead", component: lazyRouteComponent(() => import("./pages/lead"), "LeadPage") }),
  createRoute({ getParentRoute: () => root, path: "/delays", component: lazyRouteComponent(() => import("./pages/delays"), "DelaysPage") }),
  createRoute({ getParentRoute: () => root, path: "/prove", component: lazyRouteComponent(() => import("./pages/prove"), "ProvePage") }),
  createRoute({ getParentRoute: () => root, path: "/people", component: lazyRouteComponent(() => import("./pages/people"), "PeoplePage") }),
  createRoute({ getParentRoute: () => root, path: "/keys", component: lazyRouteComponent(() => import("./pages/officer"), "OfficerPage") }),
] as const;

const router = createRouter({ routeTree: root.addChildren([...routes]), defaultPreload: false, scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Speaking>
        <Notices>
          <RouterProvider router={router} />
        </Notices>
      </Speaking>
    </QueryClientProvider>
  );
}
