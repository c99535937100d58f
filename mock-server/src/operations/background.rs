//! Background jobs: run at once, or when they are due on the world's clock.

use super::checkout_store::{expire, fail_payment};
use super::customers::emit_state;
use super::fulfilment::fulfil;
use super::grants::{benefit_of, carry_out, follow, granted, renew, take_back};
use super::orders::take_fee;
use super::refunds::follow_refund;
use super::renewals::{carry_on, give_up, retry};
use super::subscription_store::end_subscription;
use super::subscriptions::pass_period;
use super::{Call, Context};
use crate::mistake;
use crate::refusal::Refusal;
use crate::rules::{self, Scope};
use crate::settings::Settings;
use crate::state::{Directory, Job, Timestamp, World};

impl Call<'_> {
    /// Runs a job that follows from a change: at once, or later on the world's clock.
    pub(super) fn background(&self, job: Job) {
        let context = self.context();
        if self.settings.grant_delay_ms == 0 {
            return run(&context, job);
        }
        let due = context.now.after_milliseconds(self.settings.grant_delay_ms);
        self.world.pending.put(due, job);
        self.world.bell.notify_one();
    }
}

/// Runs the jobs that are due by now, each at its own moment.
pub(crate) fn run_due(world: &World, settings: &Settings, now: Timestamp) {
    world.pending.run(now, |due, job| {
        let context = Context {
            world,
            settings,
            now: due,
        };
        run(&context, job);
    });
}

/// Does a job. What it is about may have changed since, or be gone: the job looks at what is there.
fn run(context: &Context<'_>, job: Job) {
    if let Err(refusal) = try_run(context, &mut context.world.write(), job) {
        mistake::report_refusal(&refusal);
    }
}

fn try_run(context: &Context<'_>, directory: &mut Directory, job: Job) -> Result<(), Refusal> {
    match job {
        Job::SubscriptionChanged(id) => {
            if let Some(subscription) = directory.subscriptions.get(id) {
                carry_on(context, directory, &subscription)?;
            }
        }
        Job::ProductBenefitsChanged(id) => {
            for subscription in directory.subscriptions_to(id) {
                follow(context, directory, Scope::Subscription(&subscription))?;
            }
            for order in directory.single_orders_of(id) {
                if directory.is_there(order.customer_id) {
                    follow(context, directory, Scope::Order(&order))?;
                }
            }
        }
        Job::PeriodEnds(id) => {
            if let Some(subscription) = directory.subscriptions.get(id) {
                pass_period(context, directory, &subscription)?;
            }
        }
        Job::BenefitChanged(id) => {
            for grant in granted(directory.grants_of_benefit(id)) {
                renew(context, directory, &grant)?;
            }
        }
        Job::BenefitDeleted(id) => {
            for grant in granted(directory.grants_of_benefit(id)) {
                take_back(context, directory, &grant)?;
            }
        }
        Job::CustomerDeleted(id) => {
            for grant in granted(directory.grants_of_customer(id)) {
                take_back(context, directory, &grant)?;
            }
            for subscription in directory.subscriptions_of(id) {
                if subscription.is_billable() {
                    end_subscription(context, directory, &subscription)?;
                    give_up(context, directory, &subscription)?;
                }
            }
            emit_state(context, directory, id);
        }
        Job::OrderPaid(id) => {
            if let Some(order) = directory.orders.get(id) {
                take_fee(context, directory, &order)?;
            }
        }
        Job::PaymentFailed(id) => {
            if let Some(checkout) = directory.checkouts.get(id) {
                fail_payment(context, directory, &checkout)?;
            }
        }
        Job::CheckoutExpires(id) => {
            if let Some(checkout) = directory.checkouts.get(id) {
                expire(context, directory, &checkout)?;
            }
        }
        Job::PaymentDue(id) => {
            if let Some(order) = directory.orders.get(id) {
                retry(context, directory, &order)?;
            }
        }
        Job::RefundSucceeded(id) => {
            if let Some(refund) = directory.refunds.get(id) {
                follow_refund(context, directory, &refund)?;
            }
        }
        Job::CheckoutConfirmed(id) => {
            if let Some(checkout) = directory.checkouts.get(id) {
                fulfil(context, directory, &checkout)?;
            }
        }
        Job::KeyChanged(id) => {
            let status = context
                .world
                .keys
                .get(id)
                .map(|cell| cell.row.lock().status);
            if let (Some(status), Some(grant)) = (status, directory.grant_of_key(id))
                && let benefit = benefit_of(directory, &grant)?
                && let Some(entitlement) = rules::follow_key(status, &grant, &benefit)
            {
                carry_out(context, directory, entitlement)?;
            }
        }
    }
    Ok(())
}
