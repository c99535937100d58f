//! `customer_portal:benefit-grants:*`

use std::cmp::Ordering;
use std::sync::Arc;

use super::Call;
use super::customer_portal::portal_customer;
use super::resources::{customer_grant, pagination};
use crate::answer::{Answer, Outcome};
use crate::generated::answers::{CustomerBenefitGrant, ListResourceCustomerBenefitGrant};
use crate::generated::operations::CustomerPortalBenefitGrants;
use crate::generated::requests::{CustomerPortalBenefitGrantsGet, CustomerPortalBenefitGrantsList};
use crate::refusal::Refusal;
use crate::rules::{self, Page, is_one_of, is_some_of};
use crate::state::{Directory, Grant, Order, Subscription};

impl CustomerPortalBenefitGrants for Call<'_> {
    fn list(
        &self,
        asked: CustomerPortalBenefitGrantsList,
    ) -> Outcome<ListResourceCustomerBenefitGrant<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        let directory = self.world.read();
        let customer = portal_customer(self, &directory)?;
        rules::search(asked.query.as_deref())?;
        let mut rows = directory.grants_of_customer(customer.id);
        rows.retain(|grant| is_listed(self, &directory, &asked, grant));
        let kind = |grant: &Grant| {
            let benefit = directory.benefits.find(grant.benefit_id);
            benefit.map(|benefit| &benefit.kind)
        };
        rules::sort(
            asked.sorting.as_deref(),
            &["product_benefit", "-granted_at"],
            &mut rows,
            |criterion, a, b| match criterion {
                "granted_at" => a.granted_at.cmp(&b.granted_at),
                "type" => kind(a).cmp(&kind(b)),
                "product_benefit" => place(&directory, a).cmp(&place(&directory, b)),
                // All grants of a customer are of one organization.
                _ => Ordering::Equal,
            },
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| customer_grant(&directory, &self.world.keys, row));
        Answer::of(&ListResourceCustomerBenefitGrant {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn get(&self, asked: CustomerPortalBenefitGrantsGet) -> Outcome<CustomerBenefitGrant<'static>> {
        let directory = self.world.read();
        let customer = portal_customer(self, &directory)?;
        let found: Option<Arc<Grant>> = directory.grants.get(asked.id);
        let found = found
            .filter(|grant| grant.customer_id == customer.id)
            .filter(|grant| is_shown(self, &directory, grant))
            .ok_or(Refusal::UNKNOWN)?;
        Answer::of(&customer_grant(&directory, &self.world.keys, &found)?)
    }
}

fn is_listed(
    call: &Call<'_>,
    directory: &Directory,
    asked: &CustomerPortalBenefitGrantsList,
    grant: &Grant,
) -> bool {
    let Some(benefit) = directory.benefits.find(grant.benefit_id) else {
        return false;
    };
    let (subscription, order) = sold(directory, grant);
    let checkout_id = subscription.and_then(|row| row.checkout_id);
    let checkout_id = checkout_id.or_else(|| order?.checkout_id);
    is_shown(call, directory, grant)
        && is_one_of(&benefit.kind, asked.r#type.as_ref())
        && rules::is_like(&benefit.description, asked.query.as_deref())
        && is_one_of(&grant.benefit_id, asked.benefit_id.as_ref())
        && is_some_of(
            grant.subscription_id.as_ref(),
            asked.subscription_id.as_ref(),
        )
        && is_some_of(grant.member_id.as_ref(), asked.member_id.as_ref())
        && is_some_of(grant.order_id.as_ref(), asked.order_id.as_ref())
        && is_some_of(checkout_id.as_ref(), asked.checkout_id.as_ref())
}

fn is_shown(call: &Call<'_>, directory: &Directory, grant: &Grant) -> bool {
    let benefit = directory.benefits.find(grant.benefit_id);
    let caller = call.caller.as_ref();
    benefit.is_some_and(|benefit| rules::is_shown_in_portal(caller, grant, benefit))
}

/// The subscription or the order that a grant comes from.
fn sold<'d>(
    directory: &'d Directory,
    grant: &Grant,
) -> (Option<&'d Subscription>, Option<&'d Order>) {
    let subscription = grant.subscription_id;
    (
        subscription.and_then(|id| directory.subscriptions.find(id)),
        grant.order_id.and_then(|id| directory.orders.find(id)),
    )
}

/// Where a grant's benefit stands among those of its product; behind all others where it is no longer one of them.
fn place(directory: &Directory, grant: &Grant) -> usize {
    let (subscription, order) = sold(directory, grant);
    let product_id = subscription.map(|row| row.product_id);
    let product_id = product_id.or_else(|| Some(order?.product_id));
    let product = product_id.and_then(|id| directory.products.find(id));
    let mut benefits = product.into_iter().flat_map(|product| &product.benefits);
    let place = benefits.position(|id| *id == grant.benefit_id);
    place.unwrap_or(usize::MAX)
}
