/** Inputs of resources are as varied as AWS is: who looks into them knows what is there. */
export type Inputs = ReturnType<typeof JSON.parse>;

/** One resource of the evaluated program. */
export interface GraphNode {
  readonly urn: string;
  /** For example `aws:rds/cluster:Cluster` or `sst:aws:Aurora`. */
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  /** Looked up and not made. */
  readonly read: boolean;
  readonly id?: string;
  readonly inputs: Inputs;
  /** What AWS would say of it: its ARN and the like. */
  readonly made: Inputs;
  /** What a component registered of itself. */
  outputs?: Inputs;
  readonly options: {
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    readonly dependsOn: readonly string[];
  };
}

/** What `sst diff` evaluated of a stage. */
export interface Graph {
  readonly app: { readonly name: string; readonly stage: string; readonly protect: boolean };
  readonly resources: readonly GraphNode[];
  readonly outputs: Inputs;
  readonly warnings: readonly string[];
}

export interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** Questions to a graph. */
export class GraphReader {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  ofType(type: string): GraphNode[] {
    return this.graph.resources.filter((node) => node.type === type && !node.read);
  }

  /** The one resource of this type whose name is, or else begins with, this; throws when not one. */
  one(type: string, name = ""): GraphNode {
    const all = this.ofType(type);
    const exact = all.filter((node) => node.name === name);
    const found = exact.length > 0 ? exact : all.filter((node) => node.name.startsWith(name));
    const [node] = found;
    if (node && found.length === 1) return node;
    throw new Error(`${type} "${name}": ${found.map((each) => each.name).join(", ") || "none"}`);
  }

  /** The inline statements of a role, each action and resource as a list. */
  statementsOf(role: GraphNode): Statement[] {
    const policies: readonly { policy: string }[] = role.inputs.inlinePolicies ?? [];
    return policies.flatMap(({ policy }) => {
      const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
      return statements.map((statement) => ({
        ...statement,
        Action: listOf(statement.Action),
        Resource: listOf(statement.Resource),
      }));
    });
  }
}
