//! What follows a confirmed checkout: the subscription where one was bought, the order, and what comes with it
//! (docs/behaviour.md#fulfilment).

use std::sync::Arc;

use super::Context;
use super::checkout_store::{Given, store};
use super::grants::follow;
use super::orders::place;
use super::subscription_store;
use crate::refusal::Refusal;
use crate::rules::{self, Goods, Scope};
use crate::state::{
    Checkout, Customer, Directory, Discount, Order, Product, Subscription, new_uuid,
};

/// Carries out what was bought.
pub(super) fn fulfil(
    context: &Context<'_>,
    directory: &mut Directory,
    checkout: &Checkout,
) -> Result<(), Refusal> {
    if checkout.status != "confirmed" {
        return Ok(());
    }
    let sale = Sale::of(directory, checkout)?;
    match sale.product.recurring_interval {
        Some(_) => {
            let (subscription, order) = sale.subscribe(context, directory)?;
            place(context, directory, order)?;
            succeed(context, directory, checkout)?;
            follow(context, directory, Scope::Subscription(&subscription))?;
        }
        None => {
            let order = place(context, directory, sale.order(context))?;
            succeed(context, directory, checkout)?;
            follow(context, directory, Scope::Order(&order))?;
        }
    }
    Ok(())
}

/// What was bought, and by whom.
struct Sale<'c> {
    checkout: &'c Checkout,
    customer: Arc<Customer>,
    product: Arc<Product>,
    discount: Option<Arc<Discount>>,
}

impl<'c> Sale<'c> {
    /// A confirmed checkout always has a customer and a product; losing one is a mistake of this server.
    fn of(directory: &Directory, checkout: &'c Checkout) -> Result<Self, Refusal> {
        let customer = checkout.customer_id;
        let customer = customer.and_then(|id| directory.customers.get(id));
        let product = directory.products.get(checkout.product_id);
        let discount = checkout.discount_id;
        Ok(Self {
            checkout,
            customer: customer
                .ok_or_else(|| Refusal::internal("a confirmed checkout has no customer"))?,
            product: product.ok_or_else(|| Refusal::internal("a checkout has no product"))?,
            discount: discount.and_then(|id| directory.discounts.get(id)),
        })
    }

    /// The order of what is bought once, or of the first period.
    fn order(&self, context: &Context<'_>) -> Order {
        let ids = [new_uuid(), new_uuid()];
        let goods = Goods {
            product: &self.product,
            discount: self.discount.as_deref(),
        };
        rules::checkout_order(ids, self.checkout, goods, &self.customer, context.now)
    }

    /// Begins the subscription, or upgrades the free one, and makes its first order: of nothing where a trial comes first.
    fn subscribe(
        &self,
        context: &Context<'_>,
        directory: &mut Directory,
    ) -> Result<(Arc<Subscription>, Order), Refusal> {
        let (checkout, now) = (self.checkout, context.now);
        let (customer, product) = (&self.customer, &self.product);
        let free = checkout.subscription_id;
        let free = free.and_then(|id| directory.subscriptions.get(id));
        let (free, id) = (free.as_deref(), new_uuid());
        let made = rules::subscription_from_checkout(checkout, customer, product, free, id, now)?;
        let subscription =
            subscription_store::store(context, directory, made.subscription, &made.events)?;
        let order = match subscription.is_trialing() {
            true => {
                let ids = [new_uuid(), new_uuid()];
                rules::trial_order(ids, checkout, customer, product, now)
            }
            false => self.order(context),
        };
        let reason = match free {
            Some(_) => "subscription_update",
            None => "subscription_create",
        };
        let order = Order {
            billing_reason: reason.into(),
            subscription_id: Some(subscription.id),
            ..order
        };
        Ok((subscription, order))
    }
}

fn succeed(
    context: &Context<'_>,
    directory: &mut Directory,
    checkout: &Checkout,
) -> Result<(), Refusal> {
    let row = rules::succeeded_checkout(checkout);
    store(context, directory, checkout, row, &Given::default())?;
    Ok(())
}
