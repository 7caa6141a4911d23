import { databaseSecurityGroup, vpc } from "./network.ts";
import { storedSecret } from "./secrets.ts";
import { isProduction, prefix, database as size } from "./stage.ts";

export const DATABASE_NAME = "hodei";
/** The gateway's role: DML, signed in by IAM. */
export const GATEWAY_ROLE = "hodei_gateway";
/** The functions' role: DML, signed in by the Data API with a secret. */
export const FUNCTIONS_ROLE = "hodei_functions";

export const database = new sst.aws.Aurora("Database", {
  engine: "postgres",
  version: "17.4",
  database: DATABASE_NAME,
  dataApi: true,
  scaling: size.scaling as { min: "0 ACU"; max: "2 ACU"; pauseAfter?: "5 minutes" },
  replicas: size.replicas,
  vpc: { subnets: vpc.privateSubnets, securityGroups: [databaseSecurityGroup.id] },
  transform: {
    cluster: (cluster, options) => {
      cluster.iamDatabaseAuthenticationEnabled = true;
      cluster.backupRetentionPeriod = size.backupDays;
      cluster.copyTagsToSnapshot = true;
      cluster.allowMajorVersionUpgrade = false;
      cluster.enabledCloudwatchLogsExports = ["postgresql"];
      cluster.deletionProtection = isProduction;
      cluster.skipFinalSnapshot = !isProduction;
      if (isProduction) cluster.finalSnapshotIdentifier = `${prefix}-final`;
      options.protect = isProduction;
    },
    instance: (instance) => {
      instance.autoMinorVersionUpgrade = true;
      instance.promotionTier = 1; // a replica of this tier is as large as the writer it may replace
    },
  },
});

const functionsPassword = new random.RandomPassword("FunctionsDatabasePassword", {
  length: 40,
  special: false,
});

export const functionsDatabaseSecret = storedSecret(
  "FunctionsDatabase",
  "What the functions sign in to the database with, through the Data API",
  $jsonStringify({ username: FUNCTIONS_ROLE, password: functionsPassword.result }),
);

const clusterResource = database.nodes.cluster!.clusterResourceId;
const account = aws.getCallerIdentityOutput().accountId;
const region = aws.getRegionOutput().region;

/** The gateway's role in the database, as IAM names it. */
export const gatewayDatabaseUser = $interpolate`arn:aws:rds-db:${region}:${account}:dbuser:${clusterResource}/${GATEWAY_ROLE}`;
