import { nat } from "./stage.ts";

export const vpc = new sst.aws.Vpc("Vpc", {
  az: 2,
  ...(nat && { nat }),
  transform: {
    // SST's own group lets the whole VPC in; nothing of ours is in it.
    securityGroup: (group) => {
      group.ingress = [];
    },
  },
});

/** Names inside the VPC: a gateway that came or went is seen after this long. */
$transform(aws.servicediscovery.Service, (service) => {
  if (!service) return;
  service.dnsConfig = $output(service.dnsConfig).apply((config) => ({
    ...config!,
    dnsRecords: config!.dnsRecords.map((record) => ({ ...record, ttl: 10 })),
  }));
});

if (nat) {
  // Layers of images come from S3: free through this door, paid by the gigabyte through a NAT.
  const region = aws.getRegionOutput().region;
  new aws.ec2.VpcEndpoint("S3Endpoint", {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${region}.s3`,
    vpcEndpointType: "Gateway",
    routeTableIds: vpc.nodes.privateRouteTables.apply((tables) => tables.map(({ id }) => id)),
  });
}

const everywhere = [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }];

/** Jobs may go anywhere; nobody reaches a worker. */
export const workerSecurityGroup = new aws.ec2.SecurityGroup("WorkerSecurityGroup", {
  vpcId: vpc.id,
  description: "Workers: no way in",
  egress: everywhere,
});

export const loadBalancerSecurityGroup = new aws.ec2.SecurityGroup("LoadBalancerSecurityGroup", {
  vpcId: vpc.id,
  description: "Load balancer of the gateway: HTTPS from outside",
  ingress: [{ protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] }],
  egress: everywhere,
});

export const GRPC_PORT = 50_051;

export const gatewaySecurityGroup = new aws.ec2.SecurityGroup("GatewaySecurityGroup", {
  vpcId: vpc.id,
  description: "Gateway: gRPC from workers and from the load balancer",
  ingress: [
    {
      ...{ protocol: "tcp", fromPort: GRPC_PORT, toPort: GRPC_PORT },
      securityGroups: [workerSecurityGroup.id, loadBalancerSecurityGroup.id],
    },
  ],
  egress: everywhere,
});

const POSTGRES_PORT = 5432;

export const databaseSecurityGroup = new aws.ec2.SecurityGroup("DatabaseSecurityGroup", {
  vpcId: vpc.id,
  description: "Database: Postgres from the gateway",
  ingress: [
    {
      ...{ protocol: "tcp", fromPort: POSTGRES_PORT, toPort: POSTGRES_PORT },
      securityGroups: [gatewaySecurityGroup.id],
    },
  ],
});

/** Where containers run: private with a NAT, else public with an address of their own. */
export const containerSubnets = nat ? vpc.privateSubnets : vpc.publicSubnets;
export const assignsPublicIp = nat === null;

export const cluster = new sst.aws.Cluster("Cluster", {
  vpc: {
    id: vpc.id,
    securityGroups: [gatewaySecurityGroup.id],
    containerSubnets,
    loadBalancerSubnets: vpc.publicSubnets,
    cloudmapNamespaceId: vpc.nodes.cloudmapNamespace.id,
    cloudmapNamespaceName: vpc.nodes.cloudmapNamespace.name,
  },
});
