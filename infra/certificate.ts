import { storedSecret } from "./secrets.ts";

/** How SST names a service inside the VPC. */
export const gatewayName = `Gateway.${$app.stage}.${$app.name}.sst`;

const DAY_HOURS = 24;
const YEAR_HOURS = 365 * DAY_HOURS;
const subject = (commonName: string) => ({ commonName, organization: $app.name });
const newKey = (name: string) =>
  new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" });

/**
 * An authority of this stage alone, for the one name inside the VPC: no public authority knows such
 * names, and workers trust nothing else. A deployment in the last 90 days of the gateway's
 * certificate makes the next one.
 */
const authorityKey = newKey("GatewayAuthorityKey");
export const authority = new tls.SelfSignedCert("GatewayAuthority", {
  privateKeyPem: authorityKey.privateKeyPem,
  subject: subject(`${$app.name} ${$app.stage} authority`),
  isCaCertificate: true,
  validityPeriodHours: 10 * YEAR_HOURS,
  allowedUses: ["cert_signing", "crl_signing"],
});

const gatewayKey = newKey("GatewayKey");
const request = new tls.CertRequest("GatewayRequest", {
  privateKeyPem: gatewayKey.privateKeyPem,
  subject: subject(gatewayName),
  dnsNames: [gatewayName],
});
const certificate = new tls.LocallySignedCert("GatewayCertificate", {
  certRequestPem: request.certRequestPem,
  caPrivateKeyPem: authorityKey.privateKeyPem,
  caCertPem: authority.certPem,
  validityPeriodHours: 2 * YEAR_HOURS,
  earlyRenewalHours: 90 * DAY_HOURS,
  allowedUses: ["digital_signature", "server_auth"],
});

export const gatewayCertificateSecret = storedSecret(
  "GatewayTlsCertificate",
  "What the gateway shows to workers",
  certificate.certPem,
);
export const gatewayKeySecret = storedSecret(
  "GatewayTlsKey",
  "Private key of the gateway's certificate",
  gatewayKey.privateKeyPem,
);
