//! How a checkout changes, and what is checked then.

use std::sync::Arc;

use uuid::Uuid;

use super::Context;
use crate::contract::Patch;
use crate::generated::requests::CheckoutUpdatePublic;
use crate::refusal::{CheckoutRefusal, Refusal};
use crate::rules::{self, CheckoutUpdate, NamedDiscount};
use crate::state::{Checkout, Customer, Directory, Discount, Product, Timestamp};

/// A discount of a seller.
pub(super) fn discount_of(directory: &Directory, seller: Uuid, id: Uuid) -> Option<Arc<Discount>> {
    let found = directory.discounts.get(id)?;
    (found.organization_id == seller && found.deleted_at.is_none()).then_some(found)
}

/// The checkout with this secret, if its time is not over.
pub(super) fn by_secret(
    context: &Context<'_>,
    directory: &Directory,
    secret: &str,
) -> Result<Arc<Checkout>, Refusal> {
    let row = directory
        .checkout_by_secret(secret)
        .ok_or(Refusal::UNKNOWN)?;
    match row.expires_at < context.now {
        true => Err(Refusal::Checkout(CheckoutRefusal::Expired)),
        false => Ok(row),
    }
}

/// What a buyer changes. A discount's code does not matter where there may be none.
pub(super) fn public_update_of(asked: CheckoutUpdatePublic, old: &Checkout) -> CheckoutUpdate {
    let discount = match old.allow_discount_codes {
        true => asked.discount_code.map(NamedDiscount::Code),
        false => Patch::Keep,
    };
    CheckoutUpdate {
        product_id: asked.product_id,
        product_price_id: asked.product_price_id,
        amount: asked.amount,
        seats: asked.seats,
        units: asked.units,
        discount,
        allow_trial: asked.allow_trial,
        is_business_customer: asked.is_business_customer,
        customer_name: asked.customer_name,
        customer_email: asked.customer_email,
        customer_billing_name: asked.customer_billing_name,
        customer_billing_address: asked
            .customer_billing_address
            .map(|given| rules::address(&given)),
        customer_tax_id: asked.customer_tax_id,
        payment_method_type: asked.payment_method_type,
        ..CheckoutUpdate::default()
    }
}

/// What rows of the directory a checkout leads to.
pub(super) struct Linked {
    products: Vec<Arc<Product>>,
    discount: Option<Arc<Discount>>,
    named: Option<Arc<Discount>>,
}

impl Linked {
    pub(super) fn of(directory: &Directory, row: &Checkout, update: &CheckoutUpdate) -> Self {
        let products = row.products.iter();
        let seller = row.organization_id;
        Self {
            products: products
                .filter_map(|&id| directory.products.get(id))
                .collect(),
            discount: row.discount_id.and_then(|id| directory.discounts.get(id)),
            named: match update.discount.value() {
                None => None,
                Some(NamedDiscount::Id(id)) => discount_of(directory, seller, *id),
                Some(NamedDiscount::Code(code)) => {
                    let mut discounts = directory.discounts.iter();
                    let found = discounts.find(|row| {
                        row.organization_id == seller
                            && row.deleted_at.is_none()
                            && rules::has_code(row, code)
                    });
                    found.cloned()
                }
            },
        }
    }

    /// The checkout as it is changed, without its tax, and what it sells then.
    pub(super) fn update(
        &self,
        old: &Checkout,
        update: CheckoutUpdate,
        now: Timestamp,
    ) -> Result<rules::UpdatedCheckout<'_>, Refusal> {
        let products: Vec<&Product> = self.products.iter().map(AsRef::as_ref).collect();
        let (discount, named) = (self.discount.as_deref(), self.named.as_deref());
        rules::update_checkout(old, update, &products, discount, named, now)
    }
}

/// A buyer has one subscription at most, unless the checkout upgrades it.
pub(super) fn check_subscriptions(
    directory: &Directory,
    row: &Checkout,
    product: &Product,
) -> Result<(), Refusal> {
    if product.recurring_interval.is_none() || row.subscription_id.is_some() {
        return Ok(());
    }
    let by_email = || {
        let email = row.customer_email.as_deref()?;
        let found = directory.customer_by_email(row.organization_id, email);
        found.map(|customer| customer.id)
    };
    let buyer = row.customer_id.or_else(by_email);
    let subscriptions = buyer.map(|id| directory.subscriptions_of(id));
    let billed = ["active", "trialing", "past_due"];
    let is_billed = |status: &str| billed.contains(&status);
    match subscriptions
        .iter()
        .flatten()
        .any(|row| is_billed(&row.status))
    {
        true => Err(Refusal::Checkout(
            CheckoutRefusal::AlreadyActiveSubscription,
        )),
        false => Ok(()),
    }
}

/// Whether the buyer may redeem the discount once more. `customer` is who they turned out to be.
pub(super) fn check_redemptions(
    directory: &Directory,
    row: &Checkout,
    discount: Option<&Discount>,
    customer: Option<&Customer>,
) -> Result<(), Refusal> {
    let limit =
        discount.and_then(|discount| Some((discount.id, discount.max_redemptions_per_customer?)));
    let Some((discount, limit)) = limit else {
        return Ok(());
    };
    let id = customer.map(|customer| customer.id).or(row.customer_id);
    let email = customer.and_then(|customer| customer.email.as_ref());
    let email = email.or(row.customer_email.as_ref());
    let is_redeemed = |other: &&Arc<Checkout>| {
        other.id != row.id
            && other.discount_id == Some(discount)
            && matches!(other.status.as_str(), "confirmed" | "succeeded")
            && rules::is_same_buyer(other, id, email.map(String::as_str))
    };
    let redeemed = directory.checkouts.iter().filter(is_redeemed).count();
    match i64::try_from(redeemed).is_ok_and(|redeemed| redeemed < limit) {
        true => Ok(()),
        false => Err(Refusal::Checkout(CheckoutRefusal::DiscountLimit)),
    }
}
