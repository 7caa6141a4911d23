/** Whatever runs the gateways, as far as an idle stage turns them off. */
export interface GatewaySwitch {
  /** How many gateways are wanted now. Throws ProviderError. */
  wanted(): Promise<number>;
  /** From now on so many; repeating it changes nothing. Throws ProviderError. */
  want(count: number): Promise<void>;
}
