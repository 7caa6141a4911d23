import { PROVIDER_KINDS, PROVIDER_STATUSES } from "#core/domain/spec/provider-api.ts";
import { COMMON_REFUSALS, type RouteDescription } from "./route-description.ts";

const REFERENCE = {
  reference: { description: "Name or id of the provider.", schema: { type: "string" } },
};
const ALL = "/v1/providers";
const ONE = `${ALL}/:reference`;
const NOT_FOUND = [...COMMON_REFUSALS, "ProviderNotFound"] as const;

export const listProvidersRoute: RouteDescription = {
  method: "GET",
  path: ALL,
  scope: "read",
  id: "listProviders",
  tag: "providers",
  summary: "The providers, higher priority first, then by name",
  query: {
    kind: {
      description: "Only providers of one of these kinds; may also be separated by commas.",
      schema: { type: "array", items: { type: "string", enum: PROVIDER_KINDS } },
    },
    status: {
      description: "Only providers of one of these statuses; may also be separated by commas.",
      schema: { type: "array", items: { type: "string", enum: PROVIDER_STATUSES } },
    },
    capacity: {
      description: "`true`: only Active ones that have fewer workers than they may have.",
      schema: { type: "boolean", default: false },
    },
  },
  answers: { 200: { description: "The providers; there are few.", json: "ProviderListBody" } },
  refusals: COMMON_REFUSALS,
};

export const createProviderRoute: RouteDescription = {
  method: "POST",
  path: ALL,
  scope: "admin",
  id: "createProvider",
  tag: "providers",
  summary: "Register a provider",
  description: "It is kept and shown; only the install's own provider launches machines.",
  body: { required: true, schema: "ProviderInput" },
  answers: {
    201: {
      description: "The new provider, Active.",
      json: "ProviderBody",
      headers: {
        location: {
          description: "Where the provider is.",
          schema: { type: "string", pattern: "^/v1/providers/" },
        },
      },
    },
  },
  refusals: [...COMMON_REFUSALS, "ProviderNameTaken", "QueueFull", "SpecTooLarge"],
};

export const readProviderStatsRoute: RouteDescription = {
  method: "GET",
  path: `${ALL}/stats`,
  scope: "read",
  id: "readProviderStats",
  tag: "providers",
  summary: "Sums over all providers",
  answers: { 200: { description: "The sums.", json: "ProviderStatsBody" } },
  refusals: COMMON_REFUSALS,
};

export const getProviderRoute: RouteDescription = {
  method: "GET",
  path: ONE,
  scope: "read",
  id: "getProvider",
  tag: "providers",
  summary: "One provider",
  pathParameters: REFERENCE,
  answers: { 200: { description: "The provider.", json: "ProviderBody" } },
  refusals: NOT_FOUND,
};

export const changeProviderRoute: RouteDescription = {
  method: "PATCH",
  path: ONE,
  scope: "admin",
  id: "changeProvider",
  tag: "providers",
  summary: "Change a provider",
  description:
    "What is left out stays as it is. Name and number of workers of the install's own are set by its configuration.",
  pathParameters: REFERENCE,
  body: { required: true, schema: "ProviderChange" },
  answers: { 200: { description: "The provider as it is now.", json: "ProviderBody" } },
  refusals: [...NOT_FOUND, "ProviderNameTaken", "ProviderInUse", "SpecTooLarge"],
};

export const deleteProviderRoute: RouteDescription = {
  method: "DELETE",
  path: ONE,
  scope: "admin",
  id: "deleteProvider",
  tag: "providers",
  summary: "Forget a provider",
  description: "Deleting again is harmless. The install's own cannot be deleted.",
  pathParameters: REFERENCE,
  answers: { 200: { description: "Whether there was one.", json: "DeletedProviderBody" } },
  refusals: [...COMMON_REFUSALS, "ProviderInUse"],
};

export const enableProviderRoute: RouteDescription = {
  method: "POST",
  path: `${ONE}/enable`,
  scope: "admin",
  id: "enableProvider",
  tag: "providers",
  summary: "Let a provider launch machines again",
  pathParameters: REFERENCE,
  answers: { 200: { description: "The provider, Active.", json: "ProviderBody" } },
  refusals: NOT_FOUND,
};

export const disableProviderRoute: RouteDescription = {
  method: "POST",
  path: `${ONE}/disable`,
  scope: "admin",
  id: "disableProvider",
  tag: "providers",
  summary: "Launch no machine with a provider",
  description: "Workers that are there go on; runs wait for them.",
  pathParameters: REFERENCE,
  answers: { 200: { description: "The provider, Disabled.", json: "ProviderBody" } },
  refusals: NOT_FOUND,
};
