//! `customer_portal:subscriptions:*`

use std::cmp::Ordering;
use std::sync::Arc;

use super::Call;
use super::customer_portal::portal_customer;
use super::resources::{amount, customer_subscription, pagination};
use crate::answer::{Answer, Outcome};
use crate::generated::answers::{CustomerSubscription, ListResourceCustomerSubscription};
use crate::generated::operations::CustomerPortalSubscriptions;
use crate::generated::requests::{CustomerPortalSubscriptionsGet, CustomerPortalSubscriptionsList};
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of};
use crate::state::Subscription;

impl CustomerPortalSubscriptions for Call<'_> {
    fn list(
        &self,
        asked: CustomerPortalSubscriptionsList,
    ) -> Outcome<ListResourceCustomerSubscription<'static>> {
        let directory = self.world.read();
        let customer = portal_customer(self, &directory)?;
        let page = Page::new(asked.page, asked.limit)?;
        let query = rules::search(asked.query.as_deref())?;
        let name = |row: &Subscription| {
            let product = directory.products.find(row.product_id);
            product.map(|product| &product.name)
        };
        let is_found = |row: &Subscription| {
            query.as_ref().is_none_or(|query| {
                name(row).is_some_and(|name| name.to_lowercase().contains(query))
            })
        };
        let mut rows = directory.subscriptions_of(customer.id);
        rows.retain(|row| {
            is_one_of(&row.product_id, asked.product_id.as_ref())
                && rules::is_listed_as_active(row, asked.active)
                && is_found(row)
        });
        rules::sort(
            asked.sorting.as_deref(),
            &["-started_at"],
            &mut rows,
            |criterion, a: &Arc<Subscription>, b| match criterion {
                "started_at" => a.started_at.cmp(&b.started_at),
                "amount" => amount(&directory, a).cmp(&amount(&directory, b)),
                "status" => a.status.cmp(&b.status),
                "product" => name(a).cmp(&name(b)),
                // All subscriptions of a customer are of one organization.
                _ => Ordering::Equal,
            },
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| customer_subscription(&directory, row));
        Answer::of(&ListResourceCustomerSubscription {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn get(&self, asked: CustomerPortalSubscriptionsGet) -> Outcome<CustomerSubscription<'static>> {
        let directory = self.world.read();
        let customer = portal_customer(self, &directory)?;
        let found = directory.subscriptions.find(asked.id);
        let own = found.filter(|row| row.customer_id == customer.id);
        let own = own.ok_or(Refusal::UNKNOWN)?;
        Answer::of(&customer_subscription(&directory, own)?)
    }
}
