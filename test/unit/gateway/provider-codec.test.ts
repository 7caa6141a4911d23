import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProviderRecord } from "#core/domain/provider/provider-record.ts";
import { parseProvider } from "#core/domain/spec/parse-provider.ts";
import { ProviderConfig } from "#proto/hodei/providers.ts";
import { renderProvider } from "../../../functions/http/render-provider.ts";
import { documentOf, providerConfig } from "../../../gateway/provider-codec.ts";
import { apiDocument } from "../../support/api-contract.ts";
import { runIdOf } from "../../support/fakes/fake-control-plane.ts";
import { valuesOf } from "../../support/schema-arbitrary.ts";

const recordOf = (body: unknown): ProviderRecord => ({
  ...parseProvider(body),
  ...{ id: runIdOf(1), status: "Active", ofInstall: false, activeWorkers: 0 },
  ...{ createdAt: 0, updatedAt: 0 },
});

const accepted = (body: unknown): boolean => {
  try {
    parseProvider(body);
    return true;
  } catch {
    return false;
  }
};
const bodies = valuesOf(apiDocument.components.schemas.ProviderInput ?? {}).filter(accepted);

describe("a provider that came by HTTP", () => {
  it("is one that gRPC can send, and says the same when gRPC sent it back", () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const record = recordOf(body);
        const sent = ProviderConfig.decode(ProviderConfig.encode(providerConfig(record)).finish());
        const { updatedAt: _, ...shown } = renderProvider(record);
        expect(renderProvider({ ...record, document: documentOf(sent) })).toMatchObject({
          ...shown,
          config: shown.config === null ? null : expect.objectContaining(shown.config),
        });
      }),
    );
  });

  it("keeps what belongs to its kind", () => {
    const config = { socketPath: "/run/docker.sock" };
    const record = recordOf({ name: "lab", kind: "docker", config });
    expect(providerConfig(record).typeConfig?.config).toMatchObject({
      ...{ $case: "docker", value: { ...config, defaultImage: "" } },
    });
  });
});
