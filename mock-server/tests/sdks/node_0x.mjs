// @polar-sh/sdk 0.x: node_0x.mjs BASE_URL

import { Polar } from "@polar-sh/sdk";
import { validateEvent } from "@polar-sh/sdk/webhooks";
import { run, TOKEN } from "./flow.mjs";

const serverURL = process.argv[2];
const polar = new Polar({ accessToken: TOKEN, serverURL });
const portal = polar.customerPortal;

// This generation writes names in camel case and moments as `Date`; what users name stays as it is.
const renamed = (rename, value, name = "") => {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => renamed(rename, item));
  if (value === null || typeof value !== "object") return value;
  const own = ["meta", "metadata", "conditions"].includes(name);
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [own ? field : rename(field), renamed(rename, item, field)]),
  );
};
const snake = (value) => renamed((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value);
const camel = (value) => {
  // A moment goes as it is.
  const rename = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  const moments = Object.entries(value).filter(([, item]) => item instanceof Date);
  const rest = renamed(rename, value);
  for (const [name, moment] of moments) rest[rename(name)] = moment;
  return rest;
};

const sent = (call) => async (body) => snake(await call(camel(body)));
const byId = (call) => async (id) => snake(await call({ id }));
const changed = (call, body) => async (id, change) => snake(await call({ id, [body]: camel(change) }));
const page = (pages) => async (query) => {
  for await (const answer of await pages(query)) return snake(answer.result);
};
const listed = (call) => page((query) => call(camel(query ?? {})));
const inPortal = (call) => (token, query) => page((query) => call({ customerSession: token }, query))(camel(query ?? {}));
const keys = (name, service) => ({
  name,
  validate: sent((body) => service.validate(body)),
  activate: sent((body) => service.activate(body)),
  deactivate: sent((body) => service.deactivate(body)),
});

await run({
  version: "2026-04",
  moment: (text) => new Date(text),
  // This generation knows no 400 of `validate`.
  badRequest: () => ["SDKError", null],
  // Nor what an unknown token is answered with.
  unknownToken: [
    "ResponseValidationError",
    null,
    () => new Polar({ accessToken: "polar_oat_unknown", serverURL }).licenseKeys.list({}),
  ],
  coreKeys: keys("core", polar.licenseKeys),
  portalKeys: keys("portal", portal.licenseKeys),
  createWebhookEndpoint: sent((body) => polar.webhooks.createWebhookEndpoint(body)),
  listWebhookEndpoints: listed((query) => polar.webhooks.listWebhookEndpoints(query)),
  getWebhookEndpoint: byId((request) => polar.webhooks.getWebhookEndpoint(request)),
  updateWebhookEndpoint: changed((request) => polar.webhooks.updateWebhookEndpoint(request), "webhookEndpointUpdate"),
  resetWebhookSecret: byId((request) => polar.webhooks.resetWebhookEndpointSecret(request)),
  deleteWebhookEndpoint: byId((request) => polar.webhooks.deleteWebhookEndpoint(request)),
  listWebhookDeliveries: listed((query) => polar.webhooks.listWebhookDeliveries(query)),
  redeliver: byId((request) => polar.webhooks.redeliverWebhookEvent(request)),
  validateEvent,
  createBenefit: sent((body) => polar.benefits.create(body)),
  getBenefit: byId((request) => polar.benefits.get(request)),
  updateBenefit: changed((request) => polar.benefits.update(request), "requestBody"),
  deleteBenefit: byId((request) => polar.benefits.delete(request)),
  listBenefits: listed((query) => polar.benefits.list(query)),
  benefitGrants: (id) => page((query) => polar.benefits.grants(query))({ id }),
  listBenefitGrants: listed((query) => polar.benefitGrants.list(query)),
  createProduct: sent((body) => polar.products.create(body)),
  getProduct: byId((request) => polar.products.get(request)),
  listProducts: listed((query) => polar.products.list(query)),
  updateProductBenefits: changed((request) => polar.products.updateBenefits(request), "productBenefitsUpdate"),
  createCustomer: sent((body) => polar.customers.create(body)),
  getCustomer: byId((request) => polar.customers.get(request)),
  getCustomerExternal: async (externalId) => snake(await polar.customers.getExternal({ externalId })),
  updateCustomer: changed((request) => polar.customers.update(request), "customerUpdate"),
  deleteCustomer: byId((request) => polar.customers.delete(request)),
  listCustomers: listed((query) => polar.customers.list(query)),
  createSubscription: sent((body) => polar.subscriptions.create(body)),
  getSubscription: byId((request) => polar.subscriptions.get(request)),
  listSubscriptions: listed((query) => polar.subscriptions.list(query)),
  updateSubscription: changed((request) => polar.subscriptions.update(request), "subscriptionUpdate"),
  revokeSubscription: byId((request) => polar.subscriptions.revoke(request)),
  listKeys: listed((query) => polar.licenseKeys.list(query)),
  async *everyKey(query) {
    for await (const answer of await polar.licenseKeys.list(query)) yield* answer.result.items;
  },
  getKey: byId((request) => polar.licenseKeys.get(request)),
  updateKey: changed((request) => polar.licenseKeys.update(request), "licenseKeyUpdate"),
  getActivation: async (id, activationId) => snake(await polar.licenseKeys.getActivation({ id, activationId })),
  createSession: sent((body) => polar.customerSessions.create(body)),
  portalCustomer: async (token) => snake(await portal.customers.get({ customerSession: token })),
  portalListKeys: inPortal((...request) => portal.licenseKeys.list(...request)),
  portalGetKey: async (token, id) => snake(await portal.licenseKeys.get({ customerSession: token }, { id })),
  portalSubscriptions: inPortal((...request) => portal.subscriptions.list(...request)),
  portalGrants: inPortal((...request) => portal.benefitGrants.list(...request)),
  portalOrders: inPortal((...request) => portal.orders.list(...request)),
  getOrganization: byId((request) => polar.organizations.get(request)),
  listOrganizations: listed((query) => polar.organizations.listOrganizations(query)),
});
