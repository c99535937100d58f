// What an app and its back office do, with either generation of the Node SDK behind `sdk`.

import { createHmac } from "node:crypto";
import { Checks, receiver } from "./checks.mjs";

export const TOKEN = "polar_oat_mock";
const ORGANIZATION = "fda84e25-7b55-4d67-916d-60ead04ff61f";
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

// The required fields of the SDKs' classes (docs/behaviour.md#sdk-answers).
const KEY = {
  id: "string",
  created_at: "string",
  modified_at: "string|null",
  organization_id: "string",
  customer_id: "string",
  customer: "object",
  benefit_id: "string",
  key: "string",
  display_key: "string",
  status: "string",
  limit_activations: "number|null",
  usage: "number",
  limit_usage: "number|null",
  validations: "number",
  last_validated_at: "string|null",
  expires_at: "string|null",
};
const ACTIVATION = {
  id: "string",
  license_key_id: "string",
  label: "string",
  meta: "object",
  created_at: "string",
  modified_at: "string|null",
};
const MEMBER = { member_id: "string|null", member: "object|null" };
const PURCHASE = {
  subscription_id: "string|null",
  subscription: "object|null",
  order_id: "string|null",
  order: "object|null",
};
const CUSTOMER = {
  id: "string",
  created_at: "string",
  metadata: "object",
  email: "string",
  email_verified: "boolean",
  type: "string",
  name: "string|null",
  billing_address: "object|null",
  organization_id: "string",
  avatar_url: "string|null",
};
const SUBSCRIPTION = {
  id: "string",
  amount: "number",
  currency: "string",
  recurring_interval: "string",
  recurring_interval_count: "number",
  status: "string",
  current_period_start: "string",
  current_period_end: "string",
  cancel_at_period_end: "boolean",
  canceled_at: "string|null",
  started_at: "string|null",
  ends_at: "string|null",
  ended_at: "string|null",
  customer_id: "string",
  product_id: "string",
  metadata: "object",
  customer: "object",
  product: "object",
  discount: "object|null",
  prices: "array",
  meters: "array",
  pending_update: "object|null",
};

const ids = (items) => items.map((item) => item.id);

export async function run(sdk) {
  const check = new Checks();
  const hooks = await receiver();

  // A webhook endpoint, before anything happens.
  const endpoint = await sdk.createWebhookEndpoint({
    url: hooks.url,
    format: "raw",
    events: ["customer.created", "benefit_grant.created", "subscription.revoked"],
  });
  check.that("webhook endpoint has a secret", endpoint.secret.startsWith("whsec_"));
  check.same("webhook endpoint url", endpoint.url, hooks.url);
  check.same("webhook endpoint is listed", ids((await sdk.listWebhookEndpoints()).items).at(-1), endpoint.id);
  check.same("webhook endpoint is read", (await sdk.getWebhookEndpoint(endpoint.id)).id, endpoint.id);

  // Provisioning.
  let benefit = await sdk.createBenefit({
    type: "license_keys",
    description: "Editor Pro",
    properties: {
      prefix: "EDIT",
      expires: { ttl: 1, timeframe: "year" },
      activations: { limit: 2, enable_customer_admin: true },
      limit_usage: 5,
    },
  });
  check.same("benefit type", benefit.type, "license_keys");
  check.same("benefit properties", benefit.properties, {
    prefix: "EDIT",
    expires: { ttl: 1, timeframe: "year" },
    activations: { limit: 2, enable_customer_admin: true },
    limit_usage: 5,
  });
  check.same("benefit is read", (await sdk.getBenefit(benefit.id)).description, "Editor Pro");
  check.that("benefit is listed", ids((await sdk.listBenefits({ limit: 100 })).items).includes(benefit.id));
  benefit = await sdk.updateBenefit(benefit.id, { type: "license_keys", description: "Editor Plus" });
  check.same("benefit is renamed", benefit.description, "Editor Plus");

  let product = await sdk.createProduct({
    name: "Editor",
    recurring_interval: "month",
    prices: [{ amount_type: "fixed", price_amount: 0, price_currency: "usd" }],
  });
  check.same("product is recurring", product.is_recurring, true);
  check.same("a free price is a fixed one", product.prices[0].amount_type, "fixed");
  check.same("a free price is of nothing", product.prices[0].price_amount, 0);
  product = await sdk.updateProductBenefits(product.id, { benefits: [benefit.id] });
  check.same("product has the benefit", ids(product.benefits), [benefit.id]);
  check.same("product is read", (await sdk.getProduct(product.id)).name, "Editor");
  check.that("product is listed", ids((await sdk.listProducts({ limit: 100 })).items).includes(product.id));

  const who = `sdk-${process.pid}@example.com`;
  const customer = await sdk.createCustomer({ email: who, name: "Ada", external_id: `crm-${process.pid}` });
  check.shaped("customer", customer, CUSTOMER);
  check.same("customer email", customer.email, who);
  check.same("customer is read", (await sdk.getCustomer(customer.id)).name, "Ada");
  check.same("customer by external id", (await sdk.getCustomerExternal(customer.external_id)).id, customer.id);
  check.same("customer is listed", ids((await sdk.listCustomers({ email: who })).items), [customer.id]);
  check.same("customer is renamed", (await sdk.updateCustomer(customer.id, { name: "Ada L." })).name, "Ada L.");
  await check.refused("the same email again", "HTTPValidationError", [["body", "email"]], () =>
    sdk.createCustomer({ email: who }),
  );
  await check.refused("no such customer", "ResourceNotFound", "Not found", () => sdk.getCustomer(UNKNOWN));

  const subscription = await sdk.createSubscription({ product_id: product.id, customer_id: customer.id });
  check.shaped("subscription", subscription, SUBSCRIPTION);
  check.same("subscription is active", subscription.status, "active");
  check.same("subscription is of the customer", subscription.customer.id, customer.id);
  check.same("subscription is of the product", subscription.product.id, product.id);
  check.same("subscription is read", (await sdk.getSubscription(subscription.id)).id, subscription.id);
  check.same("subscription is listed", ids((await sdk.listSubscriptions({ customer_id: customer.id })).items), [
    subscription.id,
  ]);
  await check.refused("a product that is not there", "HTTPValidationError", [["body", "product_id"]], () =>
    sdk.createSubscription({ product_id: UNKNOWN, customer_id: customer.id }),
  );
  const [grant] = (await sdk.benefitGrants(benefit.id)).items;
  check.same("the benefit is granted", [grant.customer_id, grant.is_granted], [customer.id, true]);
  const grants = await sdk.listBenefitGrants({ customer_id: customer.id });
  check.same(
    "the grant is listed",
    grants.items.map((grant) => grant.benefit_id),
    [benefit.id],
  );

  // The key.
  const keys = await sdk.listKeys({ benefit_id: benefit.id });
  check.same("one key", keys.pagination, { total_count: 1, max_page: 1 });
  const [key] = keys.items;
  check.shaped("key", key, sdk.version >= "2026-10" ? { ...KEY, ...MEMBER } : KEY);
  check.shaped("key's customer", key.customer, CUSTOMER);
  check.that("the key's prefix", key.key.startsWith("EDIT-"), key.key);
  check.same("the key is shown by its end", key.display_key, `****-${key.key.slice(-6)}`);
  check.same("a subscription's key does not expire", key.expires_at, null);
  check.same("the key's limits", [key.limit_activations, key.limit_usage], [2, 5]);
  const count = async (query) => (await sdk.listKeys(query)).pagination.total_count;
  check.same("two filters", await count({ benefit_id: [benefit.id, UNKNOWN] }), 1);
  check.same("a status", await count({ benefit_id: benefit.id, status: "revoked" }), 0);
  check.same("statuses", await count({ benefit_id: benefit.id, status: ["granted", "disabled"] }), 1);
  const every = [];
  for await (const one of sdk.everyKey({ limit: 1 })) every.push(one.id);
  check.that("pages to the end", every.includes(key.id) && every.length >= 2, `${every}`);
  check.same("every key once", new Set(every).size, every.length);
  check.same("a page past the end", (await sdk.listKeys({ page: 1000 })).items, []);
  await check.refused("page 0", "HTTPValidationError", [["query", "page"]], () => sdk.listKeys({ page: 0 }));

  for (const api of [sdk.coreKeys, sdk.portalKeys]) {
    const its = (name) => `${api.name}: ${name}`;
    const named = { key: key.key, organization_id: ORGANIZATION };
    const valid = await api.validate(named);
    const fields = { ...KEY, ...(sdk.version >= "2026-10" && MEMBER), ...(sdk.version >= "2027-01" && PURCHASE) };
    check.shaped(its("validated key"), valid, fields);
    check.same(its("valid"), [valid.status, valid.id], ["granted", key.id]);
    check.that(its("counted"), valid.validations >= 1 && valid.last_validated_at !== null);
    const laptop = await api.activate({
      ...named,
      label: "laptop",
      conditions: { major: 1 },
      meta: { os: "linux", half_open: true },
    });
    check.shaped(its("activation"), laptop, ACTIVATION);
    check.same(its("label"), laptop.label, "laptop");
    check.same(its("meta"), laptop.meta, { os: "linux", half_open: true });
    check.same(its("activation's key"), laptop.license_key.id, key.id);
    const desktop = await api.activate({ ...named, label: "desktop" });
    await check.refused(its("limit"), "NotPermitted", "License key activation limit already reached", () =>
      api.activate({ ...named, label: "phone" }),
    );
    const seen = await api.validate({ ...named, activation_id: laptop.id, conditions: { major: 1 } });
    check.same(its("activation is valid"), seen.activation.id, laptop.id);
    await check.refused(
      its("other conditions"),
      "ResourceNotFound",
      "License key does not match required conditions",
      () => api.validate({ ...named, activation_id: laptop.id, conditions: { major: 2 } }),
    );
    const freed = { ...named, activation_id: laptop.id };
    check.same(its("deactivated"), (await api.deactivate(freed)) || undefined, undefined);
    await check.refused(its("deactivated twice"), "ResourceNotFound", "Not found", () => api.deactivate(freed));
    await check.refused(its("a freed activation"), "ResourceNotFound", "Not found", () => api.validate(freed));
    await api.deactivate({ ...named, activation_id: desktop.id });
    check.same(its("usage"), (await api.validate({ ...named, increment_usage: 2 })).usage, 2);
    await check.refused(its("too much usage"), ...sdk.badRequest("License key only has 3 more usages."), () =>
      api.validate({ ...named, increment_usage: 4 }),
    );
    await check.refused(
      its("another benefit"),
      "ResourceNotFound",
      "License key does not match given benefit.",
      () => api.validate({ ...named, benefit_id: UNKNOWN }),
    );
    await check.refused(its("another customer"), "ResourceNotFound", "License key does not match given user.", () =>
      api.validate({ ...named, customer_id: UNKNOWN }),
    );
    await check.refused(its("unknown key"), "ResourceNotFound", "Not found", () =>
      api.validate({ ...named, key: "EDIT-NO" }),
    );
    check.same(its("usage starts anew"), (await sdk.updateKey(key.id, { usage: 0 })).usage, 0);
  }

  // The back office changes the key.
  const named = { key: key.key, organization_id: ORGANIZATION };
  check.same("limit lifted", (await sdk.updateKey(key.id, { limit_usage: null })).limit_usage, null);
  check.same("disabled", (await sdk.updateKey(key.id, { status: "disabled" })).status, "disabled");
  await check.refused("disabled key", "ResourceNotFound", "License key is no longer active.", () =>
    sdk.coreKeys.validate(named),
  );
  await check.refused(
    "disabled key is not activated",
    "NotPermitted",
    "License key is no longer active. This license key can not be activated.",
    () => sdk.coreKeys.activate({ ...named, label: "x" }),
  );
  check.same("granted again", (await sdk.updateKey(key.id, { status: "granted" })).status, "granted");
  await sdk.updateKey(key.id, { expires_at: sdk.moment("2020-01-01T00:00:00Z") });
  await check.refused("expired key", "ResourceNotFound", "License key has expired.", () =>
    sdk.coreKeys.validate(named),
  );
  check.same("expiry lifted", (await sdk.updateKey(key.id, { expires_at: null })).expires_at, null);
  const office = await sdk.coreKeys.activate({ ...named, label: "office" });
  check.same("activation is read", (await sdk.getActivation(key.id, office.id)).label, "office");
  check.same("key with activations", ids((await sdk.getKey(key.id)).activations), [office.id]);
  await check.refused("no such key", "ResourceNotFound", "Not found", () => sdk.getKey(UNKNOWN));
  if (sdk.rotateKey) {
    const rotated = await sdk.rotateKey(key.id);
    check.shaped("rotated key", rotated, KEY);
    check.that("rotated", rotated.id === key.id && rotated.key !== key.key);
    const before = { ...named };
    await check.refused("the key of before", "ResourceNotFound", "Not found", () => sdk.coreKeys.validate(before));
    named.key = rotated.key;
  }
  const now = await sdk.coreKeys.validate({ ...named, activation_id: office.id });
  check.same("the key of now", now.id, key.id);

  // What the customer sees.
  const session = await sdk.createSession({ customer_id: customer.id });
  check.that("session token", /^polar_(cst|mst)_/.test(session.token));
  check.same("session's customer", session.customer.id, customer.id);
  const other = await sdk.createSession({ external_customer_id: customer.external_id });
  check.that("session by external id", other.token !== session.token);
  await check.refused("session of nobody", "HTTPValidationError", [["body", "customer_id"]], () =>
    sdk.createSession({ customer_id: UNKNOWN }),
  );
  const { token } = session;
  check.same("portal: customer", (await sdk.portalCustomer(token)).email, who);
  check.same("portal: keys", ids((await sdk.portalListKeys(token, {})).items), [key.id]);
  const ofBenefit = await sdk.portalListKeys(token, { benefit_id: benefit.id });
  check.same("portal: keys of a benefit", ids(ofBenefit.items), [key.id]);
  check.same("portal: activations", ids((await sdk.portalGetKey(token, key.id)).activations), [office.id]);
  await check.refused("portal: another's key", "ResourceNotFound", "Not found", () =>
    sdk.portalGetKey(token, UNKNOWN),
  );
  check.same("portal: subscriptions", ids((await sdk.portalSubscriptions(token)).items), [subscription.id]);
  const [granted] = (await sdk.portalGrants(token)).items;
  check.same("portal: grants", granted.benefit_id, benefit.id);
  check.same("portal: orders", Array.isArray((await sdk.portalOrders(token)).items), true);

  // The subscription ends.
  const ending = await sdk.updateSubscription(subscription.id, { cancel_at_period_end: true });
  check.same("cancels at the end", [ending.status, ending.cancel_at_period_end], ["active", true]);
  check.same("the key stays", (await sdk.getKey(key.id)).status, "granted");
  const uncanceled = await sdk.updateSubscription(subscription.id, { cancel_at_period_end: false });
  check.same("uncanceled", uncanceled.cancel_at_period_end, false);
  const revoked = await sdk.revokeSubscription(subscription.id);
  check.shaped("revoked subscription", revoked, SUBSCRIPTION);
  check.same("revoked", revoked.status, "canceled");
  check.that("ended", revoked.ended_at !== null);
  const gone = await sdk.getKey(key.id);
  check.same("the key is revoked", gone.status, "revoked");
  check.same("the activations stay", ids(gone.activations), [office.id]);
  await check.refused("revoked key", "ResourceNotFound", "License key is no longer active.", () =>
    sdk.coreKeys.validate(named),
  );
  await check.refused(
    "revoked twice",
    "AlreadyCanceledSubscription",
    "This subscription is already canceled or will be at the end of the period.",
    () => sdk.revokeSubscription(subscription.id),
  );

  // What the webhook brought.
  const types = [];
  for (const { headers, body } of await hooks.waitFor(3)) {
    types.push((await sdk.validateEvent(body, headers, endpoint.secret)).type);
    const digest = createHmac("sha256", endpoint.secret)
      .update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`)
      .update(body)
      .digest("base64");
    check.same(`webhook ${types.at(-1)} is signed`, headers["webhook-signature"], `v1,${digest}`);
  }
  check.same("webhooks in order", types, ["customer.created", "benefit_grant.created", "subscription.revoked"]);
  const sent = (await sdk.listWebhookDeliveries({ endpoint_id: endpoint.id })).items;
  check.same(
    "deliveries are listed",
    sent.map((delivery) => [delivery.succeeded, delivery.http_code]),
    [
      [true, 200],
      [true, 200],
      [true, 200],
    ],
  );
  await sdk.redeliver(sent[0].webhook_event.id);
  check.same("redelivered", (await hooks.waitFor(4)).length, 4);
  check.that("another secret", (await sdk.resetWebhookSecret(endpoint.id)).secret !== endpoint.secret);
  check.same("paused", (await sdk.updateWebhookEndpoint(endpoint.id, { enabled: false })).enabled, false);
  await sdk.deleteWebhookEndpoint(endpoint.id);
  const left = await sdk.listWebhookEndpoints();
  check.that("webhook endpoint is deleted", !ids(left.items).includes(endpoint.id));

  // Who may not.
  check.same("organization", (await sdk.getOrganization(ORGANIZATION)).id, ORGANIZATION);
  check.same("organizations", ids((await sdk.listOrganizations()).items), [ORGANIZATION]);
  await sdk.deleteCustomer(customer.id);
  await check.refused("the customer is gone", "ResourceNotFound", "Not found", () => sdk.getCustomer(customer.id));
  await sdk.deleteBenefit(benefit.id);
  await check.refused("the benefit is gone", "ResourceNotFound", "Not found", () => sdk.getBenefit(benefit.id));
  await check.refused("an unknown token", ...sdk.unknownToken);
  check.done();
}
