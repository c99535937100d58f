//! What customers see of their own: `CustomerBenefitGrant`, `CustomerSubscription`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::benefit::properties;
use super::customer::portal_customer;
use super::grant::GrantProperties;
use super::organization::{CustomerOrganizationView, PublicOrganizationView};
use super::product::{prices, product_entries};
use super::subscription::base_entries;
use crate::rules::Refusal;
use crate::state::{Benefit, Customer, Directory, Grant, KeyTable, Product, Subscription};

/// `CustomerPortalCustomer` within views that are not generated yet.
struct PortalCustomerView(Arc<Customer>);

impl Serialize for PortalCustomerView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        portal_customer(&self.0).serialize(serializer)
    }
}

/// `BenefitLicenseKeysSubscriber`, and the other types likewise: a benefit without what the seller keeps with it.
struct SubscriberBenefitView {
    row: Arc<Benefit>,
    organization: PublicOrganizationView,
}

impl Serialize for SubscriberBenefitView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        public_benefit_entries(&self.row, &mut map)?;
        map.serialize_entry("organization", &self.organization)?;
        map.serialize_entry("properties", &properties(&self.row))?;
        map.end()
    }
}

/// `BenefitPublic`.
struct PublicBenefitView(Arc<Benefit>);

impl Serialize for PublicBenefitView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        public_benefit_entries(&self.0, &mut map)?;
        map.end()
    }
}

fn public_benefit_entries<M: SerializeMap>(row: &Benefit, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("id", &row.id)?;
    map.serialize_entry("created_at", &row.created_at)?;
    map.serialize_entry("modified_at", &row.modified_at)?;
    map.serialize_entry("type", &row.kind)?;
    map.serialize_entry("description", &row.description)?;
    map.serialize_entry("selectable", &true)?;
    map.serialize_entry("deletable", &true)?;
    map.serialize_entry("is_deleted", &row.deleted_at.is_some())?;
    map.serialize_entry("organization_id", &row.organization_id)
}

/// `CustomerBenefitGrant`.
pub(in crate::operations) struct PortalGrantView {
    row: Arc<Grant>,
    customer: PortalCustomerView,
    benefit: SubscriberBenefitView,
    properties: GrantProperties,
}

impl PortalGrantView {
    /// A grant always has a customer and a benefit, and these an organization; losing one is this server's mistake.
    pub(in crate::operations) fn new(
        directory: &Directory,
        keys: &KeyTable,
        row: Arc<Grant>,
    ) -> Result<Self, Refusal> {
        let customer = directory.customers.get(row.customer_id);
        let benefit = directory
            .benefits
            .get(row.benefit_id)
            .ok_or_else(|| Refusal::internal("a grant has no benefit"))?;
        let organization = directory.organizations.get(benefit.organization_id);
        Ok(Self {
            customer: PortalCustomerView(
                customer.ok_or_else(|| Refusal::internal("a grant has no customer"))?,
            ),
            benefit: SubscriberBenefitView {
                row: benefit,
                organization: PublicOrganizationView(
                    organization
                        .ok_or_else(|| Refusal::internal("a benefit has no organization"))?,
                ),
            },
            properties: GrantProperties::of(keys, &row),
            row,
        })
    }
}

impl Serialize for PortalGrantView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("created_at", &row.created_at)?;
        map.serialize_entry("modified_at", &row.modified_at)?;
        map.serialize_entry("id", &row.id)?;
        map.serialize_entry("granted_at", &row.granted_at)?;
        map.serialize_entry("revoked_at", &row.revoked_at)?;
        map.serialize_entry("customer_id", &row.customer_id)?;
        map.serialize_entry("member_id", &row.member_id)?;
        map.serialize_entry("benefit_id", &row.benefit_id)?;
        map.serialize_entry("subscription_id", &row.subscription_id)?;
        map.serialize_entry("order_id", &())?;
        map.serialize_entry("is_granted", &row.granted_at.is_some())?;
        map.serialize_entry("is_revoked", &row.revoked_at.is_some())?;
        map.serialize_entry("error", &())?;
        map.serialize_entry("customer", &self.customer)?;
        map.serialize_entry("benefit", &self.benefit)?;
        map.serialize_entry("properties", &self.properties)?;
        map.end()
    }
}

/// `CustomerSubscription`.
pub(in crate::operations) struct PortalSubscriptionView {
    row: Arc<Subscription>,
    product: PortalProductView,
}

impl PortalSubscriptionView {
    /// A subscription always has a product, and this an organization; losing one is this server's mistake.
    pub(in crate::operations) fn new(
        directory: &Directory,
        row: Arc<Subscription>,
    ) -> Result<Self, Refusal> {
        let product = directory
            .products
            .get(row.product_id)
            .ok_or_else(|| Refusal::internal("a subscription has no product"))?;
        let organization = directory.organizations.get(product.organization_id);
        let benefits = product
            .benefits
            .iter()
            .filter_map(|&id| directory.benefits.get(id))
            .filter(|benefit| benefit.deleted_at.is_none() && benefit.visibility == "public")
            .map(PublicBenefitView)
            .collect();
        Ok(Self {
            row,
            product: PortalProductView {
                row: product,
                benefits,
                organization: CustomerOrganizationView(
                    organization
                        .ok_or_else(|| Refusal::internal("a product has no organization"))?,
                ),
            },
        })
    }
}

impl Serialize for PortalSubscriptionView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &*self.row;
        let prices = prices(&self.product.row);
        let mut map = serializer.serialize_map(None)?;
        base_entries(row, &self.product.row, &mut map)?;
        map.serialize_entry("user_id", &row.customer_id)?;
        map.serialize_entry("product", &self.product)?;
        map.serialize_entry("price", &prices.first())?;
        map.serialize_entry("prices", &prices)?;
        map.serialize_entry::<_, [(); 0]>("meters", &[])?;
        map.serialize_entry("pending_update", &())?;
        map.end()
    }
}

/// `CustomerSubscriptionProduct`.
struct PortalProductView {
    row: Arc<Product>,
    benefits: Vec<PublicBenefitView>,
    organization: CustomerOrganizationView,
}

impl Serialize for PortalProductView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        product_entries(&self.row, &mut map)?;
        map.serialize_entry("prices", &prices(&self.row))?;
        map.serialize_entry("benefits", &self.benefits)?;
        map.serialize_entry::<_, [(); 0]>("medias", &[])?;
        map.serialize_entry("organization", &self.organization)?;
        map.end()
    }
}
