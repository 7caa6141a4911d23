/// <reference path="./.sst/platform/config.d.ts" />

// No import at the top of this file: the SST command line refuses it.
export default $config({
  app({ stage }) {
    const isProduction = stage === "production";
    return {
      name: "hodei",
      home: "aws",
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
      version: "4.17.1",
      providers: {
        aws: {
          region: (process.env.HODEI_AWS_REGION ?? "eu-west-1") as "eu-west-1",
          version: "7.20.0",
        },
        random: "4.16.6",
        tls: "5.0.1",
      },
    };
  },
  async run() {
    await import("./infra/bundles");
    const { api } = await import("./infra/api");
    const { gateway } = await import("./infra/gateway");
    await import("./infra/reconcile");
    await import("./infra/alarms");
    await import("./infra/dashboard");
    await import("./infra/budget");
    const { gatewayDomain } = await import("./infra/stage");
    const { database } = await import("./infra/database");
    return {
      api: api.url,
      grpc: gatewayDomain ? `https://${gatewayDomain}` : "inside the VPC only",
      grpcInside: gateway.service,
      database: database.clusterArn,
    };
  },
});
