//! What a command names, and what follows from it.

use super::command::{Call, Command, Page, Plan, Terms, View, Who};
use super::world::World;
use crate::model::command::{Caller, Handle};

impl World {
    /// Whether everything exists that a command names by number, and the model knows what comes of it.
    pub fn knows(&self, command: &Command) -> bool {
        match *command {
            Command::Core(Caller::Stranger, call) if makes(call) => false,
            Command::Core(_, call) => self.knows_call(call),
            Command::Portal(customer, view) => {
                self.has_session(customer)
                    && match view {
                        View::Me | View::MySubscriptions | View::MyGrants => true,
                        View::MySubscription(at) => at < self.subscriptions.len(),
                        View::MyGrant(at) => at < self.grants.len(),
                    }
            }
            Command::NextPeriod => true,
        }
    }

    fn knows_call(&self, call: Call) -> bool {
        let customer = |at: Handle| at < self.customers.len();
        let benefit = |at: Handle| at < self.benefits.len();
        let product = |at: Handle| at < self.products.len();
        let subscription = |at: Handle| at < self.subscriptions.len();
        let who = |who: Who| match who {
            Who::Id(at) => customer(at),
            Who::External(_) => true,
        };
        match call {
            Call::CreateCustomer { .. }
            | Call::ListCustomers(_)
            | Call::CreateBenefit(_)
            | Call::CreateProduct(_) => true,
            Call::GetCustomer(name)
            | Call::GetState(name)
            | Call::UpdateCustomer(name, _)
            | Call::DeleteCustomer(name)
            | Call::OpenSession(name) => who(name),
            Call::GetBenefit(at) | Call::DeleteBenefit(at) | Call::ListKeys(at, _) => benefit(at),
            Call::UpdateBenefit(at, change) => {
                let terms = self.benefits.get(at).map(|benefit| benefit.terms);
                // A change to another type is refused.
                terms.is_some_and(|terms| terms != Terms::Custom || change.limits.is_none())
            }
            // Without any ids the list would show everything there is.
            Call::ListBenefits(_) => benefit(0),
            Call::ListProducts(..) => product(0),
            Call::ListGrantsOfBenefit(at, holder, _) => benefit(at) && holder.is_none_or(customer),
            Call::ListGrants(at, _) => customer(at),
            Call::GetProduct(at) | Call::UpdateProduct(at, _) => product(at),
            Call::SetBenefits(at, benefits) => {
                product(at) && benefits.into_iter().flatten().all(benefit)
            }
            Call::Subscribe(at, name) => product(at) && who(name),
            Call::GetSubscription(at) | Call::Revoke(at, _) | Call::Cancel(at, _) => {
                subscription(at)
            }
            Call::ListSubscriptions(at, of, _, _) => customer(at) && of.is_none_or(product),
            // To change to a product that costs something needs a payment.
            Call::ChangeProduct(at, to) => {
                subscription(at)
                    && self
                        .products
                        .get(to)
                        .is_some_and(|product| product.plan != Plan::Paid)
            }
            Call::SetStatus(at, _) => {
                let grant = self.grants.get(at).filter(|grant| grant.key.is_some());
                grant.is_some_and(|grant| self.customers[self.holder(grant)].live)
            }
        }
    }

    /// The reads that show what a command changed in the background, given what was there before.
    pub fn follows(&self, before: &Self) -> Vec<Call> {
        let mut reads = Vec::new();
        let mut look = |read: Call| {
            if !reads.contains(&read) {
                reads.push(read);
            }
        };
        for (at, grant) in self.grants.iter().enumerate() {
            if before.grants.get(at) != Some(grant) {
                look(Call::ListGrants(self.holder(grant), None));
            }
        }
        for (at, grant) in self.grants.iter().enumerate() {
            if before.key(at) != grant.key.as_ref() {
                look(Call::ListKeys(grant.benefit, None));
            }
        }
        for (at, customer) in self.customers.iter().enumerate() {
            let was_live = before.customers.get(at).is_some_and(|before| before.live);
            if was_live && !customer.live {
                look(Call::ListSubscriptions(at, None, None, Page::ALL));
            }
        }
        reads
    }
}

/// Whether a call makes something that stands on its own.
fn makes(call: Call) -> bool {
    matches!(
        call,
        Call::CreateCustomer { .. } | Call::CreateBenefit(_) | Call::CreateProduct(_)
    )
}
