//! `refunds:*`

use std::sync::Arc;

use serde_json::value::to_raw_value;

use super::filters::check_filters;
use super::grants::{granted, take_back};
use super::orders::{own_order, tell as tell_of_order};
use super::resources::{pagination, refund};
use super::{Call, Context};
use crate::answer::{Answer, MetadataView, Outcome};
use crate::generated::answers::{self, ListResourceRefund};
use crate::generated::operations::Refunds;
use crate::generated::requests::{RefundsCreate, RefundsList};
use crate::json::Value;
use crate::refusal::Refusal;
use crate::rules::{self, NewRefund, Page, is_one_of, is_some_of};
use crate::state::{Directory, Job, Refund, new_uuid};

impl Refunds for Call<'_> {
    fn list(&self, asked: RefundsList) -> Outcome<ListResourceRefund<'static>> {
        let page = Page::new(asked.page, asked.limit)?;
        check_filters(asked.external_customer_id.as_ref(), None, &[])?;
        let directory = self.world.read();
        let mut rows: Vec<&Arc<Refund>> = directory
            .refunds
            .iter()
            .filter(|row| is_listed(self, &directory, &asked, row))
            .collect();
        rules::sort(
            asked.sorting.as_deref(),
            &["-created_at"],
            &mut rows,
            |criterion, a, b| match criterion {
                "created_at" => a.created_at.cmp(&b.created_at),
                _ => a.amount.cmp(&b.amount),
            },
        );
        let items = page.of(&rows).iter();
        let items = items.map(|row| refund(&directory, row));
        Answer::of(&ListResourceRefund {
            items: items.collect::<Result<_, _>>()?,
            pagination: pagination(page, rows.len()),
        })
    }

    fn create(&self, asked: RefundsCreate) -> Outcome<answers::Refund<'static>> {
        let asked = asked.body;
        let mut directory = self.world.write();
        let id = asked.order_id;
        let order = own_order(self, &directory, id).map_err(|_| {
            Refusal::invalid("order_id", "Order not found", Value::Str(id.to_string()))
        })?;
        let metadata = asked.metadata.as_ref();
        let new = NewRefund {
            amount: asked.amount,
            reason: asked.reason,
            comment: asked.comment,
            revoke_benefits: asked.revoke_benefits.unwrap_or_default(),
            metadata,
        };
        let context = self.context();
        let row = rules::refund(new_uuid(), &order, new, context.now)?;
        let row = directory.refunds.put(row);
        tell(&context, &mut directory, "refund.created", &row)?;
        let order = rules::refunded_order(&order, &row, context.now);
        let order = directory.put_order(order);
        for kind in ["order.updated", "order.refunded"] {
            tell_of_order(&context, &mut directory, kind, &order)?;
        }
        let mut shown = refund(&directory, &row)?;
        if let Some(given) = metadata {
            shown.metadata = MetadataView(given);
        }
        let answer = Answer::of(&shown);
        drop(directory);
        self.background(Job::RefundSucceeded(row.id));
        answer
    }
}

fn is_listed(call: &Call<'_>, directory: &Directory, asked: &RefundsList, row: &Refund) -> bool {
    let order = directory.orders.find(row.order_id);
    let customer = order.and_then(|order| directory.customers.find(order.customer_id));
    let (Some(order), Some(customer)) = (order, customer) else {
        return false;
    };
    let (organization, external_id) = (customer.organization_id, &customer.external_id);
    let subscription_id = order.subscription_id.as_ref();
    call.organizations().contains(&organization)
        && is_one_of(&row.id, asked.id.as_ref())
        && is_one_of(&organization, asked.organization_id.as_ref())
        && is_one_of(&row.order_id, asked.order_id.as_ref())
        && is_some_of(subscription_id, asked.subscription_id.as_ref())
        && is_one_of(&order.customer_id, asked.customer_id.as_ref())
        && is_some_of(external_id.as_ref(), asked.external_customer_id.as_ref())
        && asked
            .succeeded
            .is_none_or(|succeeded| succeeded == (row.status == "succeeded"))
}

/// Does what follows from a refund: the payment provider reports it, and benefits go where that was asked for.
pub(super) fn follow_refund(
    context: &Context<'_>,
    directory: &mut Directory,
    row: &Refund,
) -> Result<(), Refusal> {
    if row.revoke_benefits {
        for grant in granted(directory.grants_of_order(row.order_id)) {
            take_back(context, directory, &grant)?;
        }
    }
    let row = directory.refunds.put(Refund {
        modified_at: Some(context.now),
        ..row.clone()
    });
    tell(context, directory, "refund.updated", &row)
}

/// Says what happened to a refund.
fn tell(
    context: &Context<'_>,
    directory: &mut Directory,
    kind: &str,
    row: &Refund,
) -> Result<(), Refusal> {
    let shown = refund(directory, row)?;
    let organization_id = shown.organization_id;
    let data = to_raw_value(&shown)
        .map_err(|error| Refusal::internal(format!("a refund cannot be written: {error}")))?;
    context.emit(directory, organization_id, kind, &data);
    Ok(())
}
