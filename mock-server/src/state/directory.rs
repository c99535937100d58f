//! The objects around license keys, with an index for each way to find them.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::jsonb::ordered;
use super::table::{Index, Table};
use super::{
    Benefit, Caller, Checkout, CheckoutLink, Customer, CustomerSession, Discount, Grant, Member,
    Order, Organization, Product, Refund, Subscription, Timestamp, Token, WebhookEndpoint,
    Webhooks, new_uuid,
};

/// Scopes of every portal session.
const PORTAL_SCOPES: [&str; 2] = ["customer_portal:read", "customer_portal:write"];

/// The objects around license keys.
#[derive(Debug, Default)]
pub struct Directory {
    /// Organizations.
    pub organizations: Table<Organization>,
    /// Customers, deleted ones included.
    pub customers: Table<Customer>,
    /// Members of customers.
    pub members: Table<Member>,
    /// Benefits, deleted ones included.
    pub benefits: Table<Benefit>,
    /// Products.
    pub products: Table<Product>,
    /// Subscriptions.
    pub subscriptions: Table<Subscription>,
    /// Grants.
    pub grants: Table<Grant>,
    /// Discounts, deleted ones included.
    pub discounts: Table<Discount>,
    /// Checkout links, deleted ones included.
    pub checkout_links: Table<CheckoutLink>,
    /// Checkouts.
    pub checkouts: Table<Checkout>,
    /// Orders.
    pub orders: Table<Order>,
    /// Refunds.
    pub refunds: Table<Refund>,
    /// Webhook endpoints.
    pub webhook_endpoints: Table<WebhookEndpoint>,
    /// Events, and their way to the endpoints.
    pub webhooks: Webhooks,
    sessions: Vec<CustomerSession>,
    tokens: HashMap<String, Token>,
    customers_by_email: HashMap<(Uuid, String), Uuid>,
    customers_by_external_id: HashMap<(Uuid, String), Uuid>,
    members_by_customer: Index<Uuid>,
    checkouts_by_secret: HashMap<String, Uuid>,
    links_by_secret: HashMap<String, Uuid>,
    orders_by_customer: Index<Uuid>,
    orders_by_subscription: Index<Uuid>,
    single_orders_by_product: Index<Uuid>,
    subscriptions_by_customer: Index<Uuid>,
    subscriptions_by_product: Index<Uuid>,
    grants_by_subscription: Index<Uuid>,
    grants_by_benefit: Index<Uuid>,
    grants_by_customer: Index<Uuid>,
    grants_by_order: Index<Uuid>,
    grants_by_key: HashMap<Uuid, Uuid>,
}

impl Directory {
    /// Adds or replaces an organization, and its tokens.
    pub fn put_organization(&mut self, organization: Organization) {
        for row in &organization.access_tokens {
            // A personal token listed by several organizations speaks for its user in all of them.
            if let Some(Token {
                caller: Caller::User { organizations, .. },
                ..
            }) = self.tokens.get_mut(&row.token)
            {
                organizations.push(organization.id);
                continue;
            }
            let caller = if row.token.starts_with("polar_pat_") {
                Caller::User {
                    id: new_uuid(),
                    organizations: vec![organization.id],
                }
            } else {
                Caller::Organization(organization.id)
            };
            let token = Token {
                caller,
                scopes: row.scopes.clone(),
                expires_at: row.expires_at,
            };
            self.tokens.insert(row.token.clone(), token);
        }
        self.organizations.put(organization);
    }

    /// Adds or replaces a customer.
    pub fn put_customer(&mut self, customer: Customer) -> Arc<Customer> {
        if let Some(old) = self.customers.get(customer.id) {
            self.customers_by_email.retain_unless(&old, |old| {
                old.email.as_ref().map(|email| email.to_lowercase())
            });
            self.customers_by_external_id
                .retain_unless(&old, |old| old.external_id.clone());
        }
        if customer.deleted_at.is_none() {
            if let Some(email) = &customer.email {
                self.customers_by_email.insert(
                    (customer.organization_id, email.to_lowercase()),
                    customer.id,
                );
            }
            if let Some(external_id) = &customer.external_id {
                self.customers_by_external_id
                    .insert((customer.organization_id, external_id.clone()), customer.id);
            }
        }
        self.customers.put(customer)
    }

    /// The customer of an organization with this e-mail address, in any case.
    pub fn customer_by_email(&self, organization_id: Uuid, email: &str) -> Option<Arc<Customer>> {
        let id = self
            .customers_by_email
            .get(&(organization_id, email.to_lowercase()))?;
        self.customers.get(*id)
    }

    /// A customer of one of these organizations with this external id.
    pub fn customer_by_external_id(
        &self,
        organizations: &[Uuid],
        external_id: &str,
    ) -> Option<Arc<Customer>> {
        let find = |organization: &Uuid| {
            self.customers_by_external_id
                .get(&(*organization, external_id.to_owned()))
        };
        organizations
            .iter()
            .find_map(find)
            .and_then(|id| self.customers.get(*id))
    }

    /// Whether a customer is there and not deleted.
    pub fn is_there(&self, customer_id: Uuid) -> bool {
        let found: Option<&Customer> = self.customers.find(customer_id);
        found.is_some_and(|customer| customer.deleted_at.is_none())
    }

    /// A customer of one of these organizations that is not deleted.
    pub fn live_customer(&self, organizations: &[Uuid], id: Uuid) -> Option<Arc<Customer>> {
        let found = self.customers.get(id)?;
        (organizations.contains(&found.organization_id) && found.deleted_at.is_none())
            .then_some(found)
    }

    /// Adds or replaces a member.
    pub fn put_member(&mut self, member: Member) -> Arc<Member> {
        if self.members.get(member.id).is_none() {
            self.members_by_customer.add(member.customer_id, member.id);
        }
        self.members.put(member)
    }

    /// The members of a customer.
    pub fn members_of(&self, customer_id: Uuid) -> Vec<Arc<Member>> {
        self.members_by_customer
            .get(&customer_id)
            .iter()
            .filter_map(|&id| self.members.get(id))
            .collect()
    }

    /// The owner among the members of a customer.
    pub fn owner_of(&self, customer_id: Uuid) -> Option<Arc<Member>> {
        self.members_of(customer_id)
            .into_iter()
            .find(|member| member.role == "owner")
    }

    /// The e-mail address that stands for a customer: its own, or its owner's.
    pub fn contact_email<'a>(&'a self, customer: &'a Customer) -> Option<&'a str> {
        let owner = || {
            let members = self.members_by_customer.get(&customer.id);
            let mut members = members.iter().filter_map(|&id| self.members.find(id));
            members.find(|member| member.role == "owner")
        };
        let own = customer.email.as_deref();
        own.or_else(|| owner().map(|owner| owner.email.as_str()))
    }

    /// Adds or replaces a subscription.
    pub fn put_subscription(&mut self, subscription: Subscription) -> Arc<Subscription> {
        let (id, product_id) = (subscription.id, subscription.product_id);
        let old = self.subscriptions.find(id);
        let is_new_to_product = match old {
            None => true,
            Some(old) if old.product_id == product_id => false,
            // It may have been to this product before.
            Some(_) => !self.subscriptions_by_product.get(&product_id).contains(&id),
        };
        if old.is_none() {
            self.subscriptions_by_customer
                .add(subscription.customer_id, id);
        }
        if is_new_to_product {
            self.subscriptions_by_product.add(product_id, id);
        }
        self.subscriptions.put(subscription)
    }

    /// The subscriptions of a customer.
    pub fn subscriptions_of(&self, customer_id: Uuid) -> Vec<Arc<Subscription>> {
        self.subscriptions_by_customer
            .get(&customer_id)
            .iter()
            .filter_map(|&id| self.subscriptions.get(id))
            .collect()
    }

    /// Whether anybody ever subscribed to a product.
    pub fn is_subscribed(&self, product_id: Uuid) -> bool {
        !self.subscriptions_by_product.get(&product_id).is_empty()
    }

    /// The subscriptions to a product.
    pub fn subscriptions_to(&self, product_id: Uuid) -> Vec<Arc<Subscription>> {
        self.subscriptions_by_product
            .get(&product_id)
            .iter()
            .filter_map(|&id| self.subscriptions.get(id))
            .filter(|row| row.product_id == product_id)
            .collect()
    }

    /// Adds or replaces a grant.
    pub fn put_grant(&mut self, grant: Grant) -> Arc<Grant> {
        if self.grants.get(grant.id).is_none() {
            self.grants_by_benefit.add(grant.benefit_id, grant.id);
            self.grants_by_customer.add(grant.customer_id, grant.id);
            if let Some(subscription) = grant.subscription_id {
                self.grants_by_subscription.add(subscription, grant.id);
            }
            if let Some(order) = grant.order_id {
                self.grants_by_order.add(order, grant.id);
            }
        }
        if let Some(key) = grant.license_key_id {
            self.grants_by_key.insert(key, grant.id);
        }
        self.grants.put(grant)
    }

    /// The grants of a benefit.
    pub fn grants_of_benefit(&self, benefit_id: Uuid) -> Vec<Arc<Grant>> {
        self.grants_by_benefit
            .get(&benefit_id)
            .iter()
            .filter_map(|&id| self.grants.get(id))
            .collect()
    }

    /// The grants of a customer.
    pub fn grants_of_customer(&self, customer_id: Uuid) -> Vec<Arc<Grant>> {
        self.grants_by_customer
            .get(&customer_id)
            .iter()
            .filter_map(|&id| self.grants.get(id))
            .collect()
    }

    /// The grants that come from a subscription.
    pub fn grants_of_subscription(&self, subscription_id: Uuid) -> Vec<Arc<Grant>> {
        self.grants_by_subscription
            .get(&subscription_id)
            .iter()
            .filter_map(|&id| self.grants.get(id))
            .collect()
    }

    /// The grants that come from an order.
    pub fn grants_of_order(&self, order_id: Uuid) -> Vec<Arc<Grant>> {
        let ids = self.grants_by_order.get(&order_id).iter();
        ids.filter_map(|&id| self.grants.get(id)).collect()
    }

    /// The grant that a license key stands for.
    pub fn grant_of_key(&self, license_key_id: Uuid) -> Option<Arc<Grant>> {
        self.grants_by_key
            .get(&license_key_id)
            .and_then(|&id| self.grants.get(id))
    }

    /// Adds or replaces a checkout.
    pub fn put_checkout(&mut self, mut checkout: Checkout) -> Arc<Checkout> {
        checkout.payment_processor_metadata = ordered(checkout.payment_processor_metadata);
        if self.checkouts.find(checkout.id).is_none() {
            self.checkouts_by_secret
                .insert(checkout.client_secret.clone(), checkout.id);
        }
        self.checkouts.put(checkout)
    }

    /// The checkout with this client secret.
    pub fn checkout_by_secret(&self, secret: &str) -> Option<Arc<Checkout>> {
        let id = self.checkouts_by_secret.get(secret)?;
        self.checkouts.get(*id)
    }

    /// Adds or replaces a checkout link.
    pub fn put_checkout_link(&mut self, link: CheckoutLink) -> Arc<CheckoutLink> {
        if self.checkout_links.find(link.id).is_none() {
            self.links_by_secret
                .insert(link.client_secret.clone(), link.id);
        }
        self.checkout_links.put(link)
    }

    /// The checkout link with this client secret.
    pub fn link_by_secret(&self, secret: &str) -> Option<Arc<CheckoutLink>> {
        let id = self.links_by_secret.get(secret)?;
        self.checkout_links.get(*id)
    }

    /// Adds or replaces an order.
    pub fn put_order(&mut self, order: Order) -> Arc<Order> {
        if self.orders.find(order.id).is_none() {
            self.orders_by_customer.add(order.customer_id, order.id);
            match order.subscription_id {
                Some(subscription) => self.orders_by_subscription.add(subscription, order.id),
                None => self
                    .single_orders_by_product
                    .add(order.product_id, order.id),
            }
        }
        self.orders.put(order)
    }

    /// The orders of a customer.
    pub fn orders_of(&self, customer_id: Uuid) -> Vec<Arc<Order>> {
        let ids = self.orders_by_customer.get(&customer_id).iter();
        ids.filter_map(|&id| self.orders.get(id)).collect()
    }

    /// The orders of a product that are of no subscription.
    pub fn single_orders_of(&self, product_id: Uuid) -> Vec<Arc<Order>> {
        let ids = self.single_orders_by_product.get(&product_id).iter();
        ids.filter_map(|&id| self.orders.get(id)).collect()
    }

    /// The orders of a subscription.
    pub fn orders_of_subscription(&self, subscription_id: Uuid) -> Vec<Arc<Order>> {
        let ids = self.orders_by_subscription.get(&subscription_id).iter();
        ids.filter_map(|&id| self.orders.get(id)).collect()
    }

    /// How many subscriptions and grants a customer ever had.
    pub fn holdings_of(&self, customer_id: Uuid) -> usize {
        self.subscriptions_by_customer.get(&customer_id).len()
            + self.grants_by_customer.get(&customer_id).len()
    }

    /// Opens a portal session.
    pub fn put_session(&mut self, session: CustomerSession) {
        let caller = match session.member_id {
            Some(member_id) => Caller::Member {
                member_id,
                customer_id: session.customer_id,
            },
            None => Caller::Customer {
                customer_id: session.customer_id,
            },
        };
        let scopes = PORTAL_SCOPES.map(str::to_owned).to_vec();
        self.tokens.insert(
            session.token.clone(),
            Token {
                caller,
                scopes,
                expires_at: Some(session.expires_at),
            },
        );
        self.sessions.push(session);
    }

    /// All portal sessions.
    pub fn sessions(&self) -> &[CustomerSession] {
        &self.sessions
    }

    /// What a token stands for, if it is known and still works.
    pub fn token(&self, token: &str, now: Timestamp) -> Option<Token> {
        self.tokens
            .get(token)
            .filter(|token| token.is_live(now) && self.speaks_for_somebody(&token.caller))
            .cloned()
    }

    /// Whether the subject of a token still exists: a deleted customer's tokens are unknown (docs/behaviour.md#customers).
    fn speaks_for_somebody(&self, caller: &Caller) -> bool {
        match caller {
            Caller::Organization(_) | Caller::User { .. } => true,
            Caller::Customer { customer_id } | Caller::Member { customer_id, .. } => {
                self.is_there(*customer_id)
            }
        }
    }
}

/// An index of customers by a value that is unique in their organization.
trait CustomerIndex {
    fn retain_unless(&mut self, old: &Customer, key: impl Fn(&Customer) -> Option<String>);
}

impl CustomerIndex for HashMap<(Uuid, String), Uuid> {
    fn retain_unless(&mut self, old: &Customer, key: impl Fn(&Customer) -> Option<String>) {
        if let Some(key) = key(old) {
            let place = (old.organization_id, key);
            if self.get(&place) == Some(&old.id) {
                self.remove(&place);
            }
        }
    }
}
