import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** An authority of one's own, as a deployment makes one. Everything in PEM. */
export interface Authority {
  readonly certificate: string;
  /** A certificate for a server of this name, signed by this authority, and its key. */
  issue(name: string): { readonly certificate: string; readonly key: string };
}

/** Made with node:crypto alone, which signs but writes no certificates: the DER is written here. */
export function makeAuthority(commonName = "a test authority"): Authority {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const make = (subject: string, key: KeyObject, extensions: Buffer[]) =>
    certificate({ issuer: commonName, subject, key, signer: own.privateKey, extensions });
  const isAuthority = extension("551d13", sequence(der(0x01, Buffer.from([0xff]))));
  return {
    certificate: make(commonName, own.publicKey, [isAuthority]),
    issue: (name) => {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const names = extension("551d11", sequence(der(0x82, Buffer.from(name))));
      return {
        certificate: make(name, publicKey, [names]),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

function certificate({ issuer, subject, key, signer, extensions }: Contents): string {
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const validity = sequence(utcTime("200101000000Z"), utcTime("491231235959Z"));
  const body = sequence(
    ...[version3, serial, ECDSA_SHA256, commonName(issuer), validity, commonName(subject)],
    key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, signer)]);
  const whole = sequence(body, ECDSA_SHA256, der(0x03, signature));
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, value. */
function der(tag: number, value: Buffer): Buffer {
  const long =
    value.length < 256 ? [0x81, value.length] : [0x82, value.length >> 8, value.length & 255];
  return Buffer.concat([
    Buffer.from([tag, ...(value.length < 128 ? [value.length] : long)]),
    value,
  ]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, Buffer.concat(parts));
const objectId = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const utcTime = (text: string) => der(0x17, Buffer.from(text));
const extension = (id: string, value: Buffer) => sequence(objectId(id), der(0x04, value));
const commonName = (name: string) =>
  sequence(der(0x31, sequence(objectId("550403"), der(0x0c, Buffer.from(name)))));
const ECDSA_SHA256 = sequence(objectId("2a8648ce3d040302"));
