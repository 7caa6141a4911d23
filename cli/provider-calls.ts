import type {
  DeletedProviderBody,
  ProviderBody,
  ProviderKind,
  ProviderListBody,
  ProviderStatsBody,
  ProviderStatus,
} from "#core/domain/spec/provider-api.ts";
import type { components } from "./gen/openapi.ts";
import type { Caller } from "./template-calls.ts";

export interface ProviderQuery {
  readonly kinds: readonly ProviderKind[];
  readonly statuses: readonly ProviderStatus[];
  /** true: only those that may launch a machine now. */
  readonly capacity: boolean;
}

export type ProviderInput = components["schemas"]["ProviderInput"];
export type ProviderChange = components["schemas"]["ProviderChange"];

/** What the API says of providers. A provider is named by its name or id. */
export interface ProviderCalls {
  providers(query: ProviderQuery): Promise<ProviderListBody>;
  provider(reference: string): Promise<ProviderBody>;
  providerStats(): Promise<ProviderStatsBody>;
  /** Not repeated: a second one would be refused, its name being taken by the first. */
  createProvider(input: ProviderInput): Promise<ProviderBody>;
  /** Fields that are left out stay as they are. */
  changeProvider(reference: string, change: ProviderChange): Promise<ProviderBody>;
  enableProvider(reference: string): Promise<ProviderBody>;
  disableProvider(reference: string): Promise<ProviderBody>;
  deleteProvider(reference: string): Promise<DeletedProviderBody>;
}

const ALL = "/v1/providers";
const ONE = `${ALL}/{reference}` as const;

/** The calls, over the client that sends one and repeats it while that helps. */
export function providerCalls({
  http,
  ask,
  once,
}: Pick<Caller, "http" | "ask" | "once">): ProviderCalls {
  const of = (reference: string) => ({ params: { path: { reference } } });
  return {
    providers: ({ kinds: kind, statuses: status, capacity }) => {
      const query = { kind: [...kind], status: [...status], ...(capacity && { capacity }) };
      return ask(http.GET(ALL, { params: { query } }));
    },
    provider: (reference) => ask(http.GET(ONE, of(reference))),
    providerStats: () => ask(http.GET(`${ALL}/stats`)),
    createProvider: (body) => ask(http.POST(ALL, { body, fetch: once })),
    changeProvider: (reference, body) => ask(http.PATCH(ONE, { ...of(reference), body })),
    enableProvider: (reference) => ask(http.POST(`${ONE}/enable`, of(reference))),
    disableProvider: (reference) => ask(http.POST(`${ONE}/disable`, of(reference))),
    deleteProvider: (reference) => ask(http.DELETE(ONE, of(reference))),
  };
}
