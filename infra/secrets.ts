import { isProduction, prefix } from "./stage.ts";

/** Production keeps a deleted secret for a while; other stages can be made again under the same name. */
const RECOVERY_DAYS = isProduction ? 30 : 0;

/** A secret of AWS Secrets Manager: what reads it is given its ARN, never its value. */
export function storedSecret(
  name: string,
  description: string,
  value: $util.Input<string>,
): aws.secretsmanager.Secret {
  const secret = new aws.secretsmanager.Secret(name, {
    name: `${prefix}/${name}`,
    description,
    recoveryWindowInDays: RECOVERY_DAYS,
  });
  new aws.secretsmanager.SecretVersion(`${name}Version`, {
    secretId: secret.id,
    secretString: value,
  });
  return secret;
}

/** Set by a person: `sst secret set BootstrapKeys …`, as docs/operate/secrets.md says. */
const bootstrapKeysValue = new sst.Secret("BootstrapKeys");

export const bootstrapKeys = storedSecret(
  "BootstrapKeys",
  "Keys that the workers' one-shot tokens are derived from",
  bootstrapKeysValue.value,
);
