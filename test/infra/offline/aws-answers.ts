import { createHash } from "node:crypto";
import { makeAuthority } from "../../support/certificates.ts";
import type { Inputs } from "./graph.ts";

/** What AWS would answer, as far as the program looks at it: shaped like the real thing. */
export const ACCOUNT = "123456789012";

const hash = (text: string, length = 8): string =>
  createHash("sha256").update(text).digest("hex").slice(0, length);

const one = <T>(list: readonly T[] | undefined): T | readonly T[] | undefined =>
  list?.length === 1 ? list[0] : list;

interface PolicyStatement {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: string[];
  readonly resources?: string[];
  readonly principals?: { type: string; identifiers: string[] }[];
  readonly conditions?: { test: string; variable: string; values: string[] }[];
}

/** As the provider renders `aws.iam.getPolicyDocument`. */
function policyDocument(statements: readonly PolicyStatement[] = []): string {
  const rendered = statements.map(({ sid, effect, actions, resources, principals, conditions }) => {
    const condition: Record<string, Record<string, unknown>> = {};
    for (const { test, variable, values } of conditions ?? []) {
      condition[test] ??= {};
      condition[test][variable] = one(values);
    }
    return {
      Sid: sid,
      Effect: effect ?? "Allow",
      Principal:
        principals &&
        Object.fromEntries(principals.map(({ type, identifiers }) => [type, one(identifiers)])),
      Action: one(actions),
      Resource: one(resources),
      Condition: conditions?.length ? condition : undefined,
    };
  });
  return JSON.stringify({ Version: "2012-10-17", Statement: rendered });
}

/** Answers of data sources (`aws.getRegion()` and the like) in a region. */
export function answerOf(token: string, inputs: Inputs, region: string): Inputs {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: region, name: region, region, description: region, endpoint: "" };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: ACCOUNT, accountId: ACCOUNT, arn: "", userId: "OFFLINE" };
    case "aws:index/getAvailabilityZones:getAvailabilityZones": {
      const names = ["a", "b", "c"].map((zone) => region + zone);
      return { id: region, names, zoneIds: names, state: "available" };
    }
    case "aws:iam/getPolicyDocument:getPolicyDocument": {
      const json = policyDocument(inputs.statements);
      // The provider leaves `statements` out when there are none.
      const statements = inputs.statements?.length ? inputs.statements : undefined;
      return { ...inputs, statements, id: "policy", json, minifiedJson: json };
    }
    case "aws:ec2/getAmi:getAmi":
      return { ...inputs, id: "ami-0123456789abcdef0", imageId: "ami-0123456789abcdef0" };
    case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
      return { ...inputs, id: "ecr", userName: "AWS", password: "offline", proxyEndpoint: "" };
    default:
      return { id: "offline", ...inputs };
  }
}

/** What a resource is known by once it is made. */
export function outputsOf(type: string, name: string, inputs: Inputs, region: string): Inputs {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
  const own = inputs.name ?? inputs.clusterIdentifier ?? inputs.identifier ?? name;
  const same = (value: string) => ({ id: value, arn: value });
  switch (type) {
    case "aws:sqs/queue:Queue": {
      const url = ["https:/", `sqs.${region}.amazonaws.com`, ACCOUNT, own].join("/");
      return { id: url, url, arn: arn("sqs", own) };
    }
    case "aws:lambda/function:Function": {
      const of = arn("lambda", `function:${own}`);
      const invokeArn = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${of}/invocations`;
      return { id: own, arn: of, qualifiedArn: `${of}:1`, invokeArn, version: "1" };
    }
    case "aws:iam/role:Role":
      return { id: own, arn: `arn:aws:iam::${ACCOUNT}:role/${own}`, uniqueId: hash(own) };
    case "aws:ecs/cluster:Cluster":
      return same(arn("ecs", `cluster/${own}`));
    case "aws:ecs/service:Service":
      return same(arn("ecs", `service/cluster/${own}`));
    case "aws:ecs/taskDefinition:TaskDefinition": {
      const family = arn("ecs", `task-definition/${inputs.family}`);
      return { id: inputs.family, arn: `${family}:1`, arnWithoutRevision: family, revision: 1 };
    }
    case "aws:rds/cluster:Cluster":
      return {
        ...{ id: own, clusterIdentifier: own, arn: arn("rds", `cluster:${own}`), port: 5432 },
        endpoint: `${own}.cluster-offline.${region}.rds.amazonaws.com`,
        readerEndpoint: `${own}.cluster-ro-offline.${region}.rds.amazonaws.com`,
        clusterResourceId: `cluster-${hash(own)}`,
      };
    case "aws:rds/clusterInstance:ClusterInstance":
      return { id: own, arn: arn("rds", `db:${own}`), endpoint: "offline", port: 5432 };
    case "aws:secretsmanager/secret:Secret":
      return same(arn("secretsmanager", `secret:${own}-AbCdEf`));
    case "aws:apigatewayv2/api:Api": {
      const id = hash(own, 10);
      const apiEndpoint = `https://${id}.execute-api.${region}.amazonaws.com`;
      return { id, apiEndpoint, executionArn: arn("execute-api", id) };
    }
    case "aws:lb/loadBalancer:LoadBalancer":
      return {
        ...same(arn("elasticloadbalancing", `loadbalancer/app/${own}/${hash(own, 16)}`)),
        ...{ dnsName: `${own}.${region}.elb.amazonaws.com`, zoneId: "Z35SXDOTRQ7X7K" },
      };
    case "aws:acm/certificate:Certificate":
      return {
        ...same(arn("acm", `certificate/${hash(name)}`)),
        domainValidationOptions: [inputs.domainName].map((domainName) => ({
          ...{ domainName, resourceRecordName: "_x", resourceRecordType: "CNAME" },
          resourceRecordValue: "_y",
        })),
      };
    case "random:index/randomPassword:RandomPassword":
      return { result: "offline-password", bcryptHash: "" };
    case "random:index/randomBytes:RandomBytes": {
      const bytes = createHash("sha256").update(name).digest().subarray(0, inputs.length);
      return { base64: bytes.toString("base64"), hex: bytes.toString("hex") };
    }
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `key of ${name}`, publicKeyPem: "", publicKeyOpenssh: "" };
    case "tls:index/selfSignedCert:SelfSignedCert":
    case "tls:index/locallySignedCert:LocallySignedCert":
      return { certPem: makeAuthority(name).certificate };
    case "tls:index/certRequest:CertRequest":
      return { certRequestPem: `request of ${name}` };
    case "docker-build:index:Image":
      return { digest: `sha256:${hash(name, 64)}`, ref: "offline" };
    case "pulumi-nodejs:dynamic:Resource":
      return { zoneId: "Z0OFFLINE", id: `dynamic-${name}` };
    default:
      return { id: `${name}-${hash(name)}`, arn: arn(type.split(":")[0] ?? "aws", own) };
  }
}
