import { type Check, differences, unless } from "./check.ts";

export const databaseIsKept: Check = {
  name: "Aurora PostgreSQL with the Data API, encrypted, backed up; in production hard to delete",
  problems({ graph, isProduction, name }) {
    const cluster = graph.one("aws:rds/cluster:Cluster");
    const days = isProduction ? 14 : name === "staging" ? 3 : 1;
    return [
      ...differences("database", cluster.inputs, {
        ...{ engine: "aurora-postgresql", enableHttpEndpoint: true, storageEncrypted: true },
        ...{ iamDatabaseAuthenticationEnabled: true, backupRetentionPeriod: days },
        ...{ deletionProtection: isProduction, skipFinalSnapshot: !isProduction },
        ...{ databaseName: "hodei", copyTagsToSnapshot: true },
      }),
      ...unless(
        !isProduction || typeof cluster.inputs.finalSnapshotIdentifier === "string",
        "no name for the final snapshot",
      ),
      ...unless(cluster.options.protect === isProduction, "protection against removal"),
    ];
  },
};

export const databaseSleeps: Check = {
  name: "capacity goes to zero, but not in production, which has a replica to fail over to",
  problems({ graph, isProduction }) {
    const { serverlessv2ScalingConfiguration: scaling } =
      graph.one("aws:rds/cluster:Cluster").inputs;
    const instances = graph.ofType("aws:rds/clusterInstance:ClusterInstance");
    return [
      ...unless(
        (scaling.minCapacity === 0) === !isProduction,
        `at least ${scaling.minCapacity} ACU`,
      ),
      ...unless(
        (scaling.secondsUntilAutoPause === undefined) === isProduction,
        `pauses after ${scaling.secondsUntilAutoPause} s`,
      ),
      ...unless(instances.length === (isProduction ? 2 : 1), `${instances.length} instances`),
    ];
  },
};

export const migrationsComeFirst: Check = {
  name: "migrations run once the database answers, and before everything that needs them",
  problems({ graph }) {
    const migration = graph.one("aws:lambda/invocation:Invocation");
    const instance = graph.one("aws:rds/clusterInstance:ClusterInstance", "DatabaseInstance");
    const needs = [
      ...graph
        .ofType("aws:lambda/function:Function")
        .filter(({ name }) => name !== "MigrateFunction"),
      graph.one("aws:ecs/service:Service"),
    ];
    return [
      ...unless(migration.options.dependsOn.includes(instance.urn), "before the database"),
      ...unless(/"digest":"[0-9a-f]{64}"/.test(migration.inputs.input), "whatever the files hold"),
      ...needs
        .filter(({ options }) => !options.dependsOn.includes(migration.urn))
        .map(({ name }) => `${name} does not wait for them`),
    ];
  },
};

export const passwordIsNowhere: Check = {
  name: "no password and no key stands in an environment",
  problems({ graph }) {
    const values = [
      ...graph
        .ofType("aws:lambda/function:Function")
        .map(({ name, inputs }) => [name, JSON.stringify(inputs.environment)] as const),
      ...graph
        .ofType("aws:ecs/taskDefinition:TaskDefinition")
        .map(({ name, inputs }) => [name, environmentText(inputs.containerDefinitions)] as const),
    ];
    return values.flatMap(([name, text]) =>
      unless(!/offline-password|key of |the bootstrap keys/.test(text), `${name} has one`),
    );
  },
};

/** What stands in the definition itself; `secrets` has names only. */
const environmentText = (definitions: string): string =>
  JSON.stringify(
    (JSON.parse(definitions) as { environment: object }[]).map(({ environment }) => environment),
  );
