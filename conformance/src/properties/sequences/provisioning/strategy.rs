//! Random commands on customers, benefits, products and subscriptions, each drawn from the state of the model at that point.

use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::Union;

use crate::model::provisioning::{
    BenefitChange, Call, Command, CustomerChange, Limits, Page, Plan, ProductChange, Terms, Text,
    View, Who, World,
};
use crate::model::{Caller, Handle, Status};
use crate::properties::sequences::sequence::{self, Sequence};

/// What the sequences are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    /// Also tokens of another organization, with fewer scopes, and forged ones.
    pub(super) own_world: bool,
    /// Time passes.
    pub(super) clock: bool,
    /// A failing sequence is shrunk.
    pub(super) shrink: bool,
}

/// Sequences of up to this many commands.
pub(super) fn sequences(
    profile: Profile,
    longest: usize,
) -> impl Strategy<Value = Sequence<World>> {
    sequence::sequences(
        longest,
        profile.shrink,
        || Just(World::default()).boxed(),
        move |world| commands(profile, world),
    )
}

fn commands(profile: Profile, world: &World) -> BoxedStrategy<Command> {
    let known = world.clone();
    let mut choices = vec![(40, core(profile, world))];
    let with_session: Vec<Handle> = (0..world.customers.len())
        .filter(|at| world.has_session(*at))
        .collect();
    if !with_session.is_empty() {
        choices.push((5, portal(world, with_session)));
    }
    if profile.clock {
        choices.push((1, Just(Command::NextPeriod).boxed()));
    }
    Union::new_weighted(choices)
        .prop_filter("the model knows it", move |command| known.knows(command))
        .boxed()
}

/// Mostly with the organization's token.
fn core(profile: Profile, world: &World) -> BoxedStrategy<Command> {
    use Caller::{Forged, Nobody, Owner, Reader, Stranger};
    let others: &[Caller] = match profile.own_world {
        true => &[Nobody, Reader, Stranger, Forged],
        // Do not bother a real server with invalid tokens.
        false => &[Nobody],
    };
    let caller = prop_oneof![12 => Just(Owner), 1 => select(others)];
    (caller, calls(world))
        .prop_map(|(caller, call)| Command::Core(caller, call))
        .boxed()
}

fn portal(world: &World, customers: Vec<Handle>) -> BoxedStrategy<Command> {
    let mut views = vec![
        Just(View::Me).boxed(),
        Just(View::MySubscriptions).boxed(),
        Just(View::MyGrants).boxed(),
    ];
    if !world.subscriptions.is_empty() {
        let one = 0..world.subscriptions.len();
        views.push(one.prop_map(View::MySubscription).boxed());
    }
    if !world.grants.is_empty() {
        let one = 0..world.grants.len();
        views.push(one.prop_map(View::MyGrant).boxed());
    }
    (select(customers), Union::new(views))
        .prop_map(|(customer, view)| Command::Portal(customer, view))
        .boxed()
}

fn calls(world: &World) -> BoxedStrategy<Call> {
    let mut choices = vec![
        (weight(world.customers.len()), create_customer()),
        (
            weight(world.benefits.len()),
            terms().prop_map(Call::CreateBenefit).boxed(),
        ),
        (
            weight(world.products.len()),
            prop_oneof![8 => Just(Plan::Free), 1 => Just(Plan::Paid), 1 => Just(Plan::Once)]
                .prop_map(Call::CreateProduct)
                .boxed(),
        ),
    ];
    if !world.customers.is_empty() {
        choices.push((5, on_customers(world)));
    }
    if !world.benefits.is_empty() {
        choices.push((5, on_benefits(world)));
    }
    if !world.products.is_empty() {
        choices.push((6, on_products(world)));
    }
    if !world.products.is_empty() && !world.customers.is_empty() {
        let subscribe = (0..world.products.len(), names(world))
            .prop_map(|(product, who)| Call::Subscribe(product, who));
        choices.push((5, subscribe.boxed()));
    }
    if !world.subscriptions.is_empty() {
        choices.push((7, on_subscriptions(world)));
    }
    let keys: Vec<Handle> = (0..world.grants.len())
        .filter(|at| world.key(*at).is_some())
        .collect();
    if !keys.is_empty() {
        let statuses = select(vec![Status::Granted, Status::Revoked, Status::Disabled]);
        let set = (select(keys), statuses).prop_map(|(key, status)| Call::SetStatus(key, status));
        choices.push((2, set.boxed()));
    }
    Union::new_weighted(choices).boxed()
}

/// How likely it is that one more is made.
fn weight(there: usize) -> u32 {
    match there {
        0 => 12,
        1 => 4,
        _ => 1,
    }
}

fn text() -> impl Strategy<Value = Text> + Clone {
    0..3_u8
}

fn create_customer() -> BoxedStrategy<Call> {
    (text(), option::of(text()), option::of(text()))
        .prop_map(|(email, external, name)| Call::CreateCustomer {
            email,
            external,
            name,
        })
        .boxed()
}

/// Mostly by an id.
fn names(world: &World) -> BoxedStrategy<Who> {
    let id = (0..world.customers.len()).prop_map(Who::Id);
    let used = world
        .customers
        .iter()
        .filter_map(|customer| customer.external);
    let mut choices = vec![(6, id.boxed()), (1, text().prop_map(Who::External).boxed())];
    let used: Vec<Text> = used.collect();
    if !used.is_empty() {
        choices.push((3, select(used).prop_map(Who::External).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

fn on_customers(world: &World) -> BoxedStrategy<Call> {
    let who = names(world);
    let one = 0..world.customers.len();
    let product = option::of(0..world.products.len().max(1));
    let change = (option::of(text()), option::of(text()), option::of(text())).prop_map(
        |(name, email, external)| CustomerChange {
            name,
            email,
            external,
        },
    );
    prop_oneof![
        1 => who.clone().prop_map(Call::GetCustomer),
        2 => who.clone().prop_map(Call::GetState),
        3 => (who.clone(), change).prop_map(|(who, change)| Call::UpdateCustomer(who, change)),
        1 => who.clone().prop_map(Call::DeleteCustomer),
        1 => text().prop_map(Call::ListCustomers),
        2 => who.prop_map(Call::OpenSession),
        1 => (one.clone(), any::<Option<bool>>())
            .prop_map(|(customer, granted)| Call::ListGrants(customer, granted)),
        2 => (one, product, any::<Option<bool>>(), pages()).prop_map(
            |(customer, product, active, page)| {
                Call::ListSubscriptions(customer, product, active, page)
            }
        ),
    ]
    .boxed()
}

fn terms() -> impl Strategy<Value = Terms> {
    prop_oneof![1 => Just(Terms::Custom), 4 => limits().prop_map(Terms::Keys)]
}

fn limits() -> impl Strategy<Value = Limits> {
    (option::of(1..=4_u32), option::of(1..=4_u32))
        .prop_map(|(activations, usage)| Limits { activations, usage })
}

fn on_benefits(world: &World) -> BoxedStrategy<Call> {
    let one = 0..world.benefits.len();
    let statuses = select(vec![Status::Granted, Status::Revoked, Status::Disabled]);
    let change =
        (option::of(text()), option::weighted(0.7, limits())).prop_map(|(description, limits)| {
            BenefitChange {
                description,
                limits,
            }
        });
    let holder = option::of(0..world.customers.len().max(1));
    prop_oneof![
        1 => one.clone().prop_map(Call::GetBenefit),
        4 => (one.clone(), change).prop_map(|(at, change)| Call::UpdateBenefit(at, change)),
        1 => one.clone().prop_map(Call::DeleteBenefit),
        1 => pages().prop_map(Call::ListBenefits),
        1 => (one.clone(), holder, any::<Option<bool>>())
            .prop_map(|(at, holder, granted)| Call::ListGrantsOfBenefit(at, holder, granted)),
        1 => (one, option::of(statuses)).prop_map(|(at, status)| Call::ListKeys(at, status)),
    ]
    .boxed()
}

fn on_products(world: &World) -> BoxedStrategy<Call> {
    let one = 0..world.products.len();
    let change = (option::of(text()), option::of(any::<bool>()))
        .prop_map(|(name, archived)| ProductChange { name, archived });
    let flags = (any::<Option<bool>>(), any::<Option<bool>>(), pages());
    let benefit = option::weighted(0.8, 0..world.benefits.len().max(1));
    let benefits = (benefit.clone(), benefit)
        .prop_map(|(first, second)| [first, second.filter(|_| first != second)]);
    prop_oneof![
        1 => one.clone().prop_map(Call::GetProduct),
        2 => (one.clone(), change).prop_map(|(at, change)| Call::UpdateProduct(at, change)),
        6 => (one, benefits).prop_map(|(at, benefits)| Call::SetBenefits(at, benefits)),
        1 => flags.prop_map(|(archived, recurring, page)| {
            Call::ListProducts(archived, recurring, page)
        }),
    ]
    .boxed()
}

fn on_subscriptions(world: &World) -> BoxedStrategy<Call> {
    let one = 0..world.subscriptions.len();
    prop_oneof![
        1 => one.clone().prop_map(Call::GetSubscription),
        3 => (one.clone(), any::<bool>()).prop_map(|(at, cancel)| Call::Cancel(at, cancel)),
        3 => (one.clone(), 0..world.products.len())
            .prop_map(|(at, product)| Call::ChangeProduct(at, product)),
        2 => (one, any::<bool>()).prop_map(|(at, delete)| Call::Revoke(at, delete)),
    ]
    .boxed()
}

fn pages() -> impl Strategy<Value = Page> + Clone {
    (1..=2_u32, select(vec![1_u32, 2, 10])).prop_map(|(page, limit)| Page { page, limit })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::model::provisioning::{Answer, Refused, Stage};

    /// Many sequences meet every kind of call, every refusal and every way of a grant.
    #[test]
    fn sequences_meet_everything_of_the_model() {
        let everything = Profile {
            own_world: true,
            clock: true,
            shrink: true,
        };
        let mut runner = TestRunner::deterministic();
        let mut met = BTreeSet::new();
        for _ in 0..300 {
            let tree = sequences(everything, 40).new_tree(&mut runner);
            let sequence = tree.unwrap().current();
            let mut world = sequence.start;
            for command in &sequence.commands {
                let before = world.clone();
                let answer = world.apply(command);
                let called = match command {
                    Command::Core(_, call) => format!("{call:?}"),
                    Command::Portal(_, view) => format!("{view:?}"),
                    Command::NextPeriod => "NextPeriod".to_owned(),
                };
                let word = called.split(['(', ' ']).next().unwrap_or_default();
                met.insert(match &answer {
                    Answer::Refused(Refused::Invalid(problems)) => problems
                        .iter()
                        .map(|problem| problem.message)
                        .collect::<Vec<_>>()
                        .join(" and "),
                    Answer::Refused(Refused::Plainly(refusal)) => format!("{refusal:?}"),
                    _ => word.to_owned(),
                });
                for (at, grant) in world.grants.iter().enumerate() {
                    let was = before.grants.get(at);
                    match (was.map(|was| was.granted), grant.granted) {
                        (Some(false), true) => met.insert("granted again".to_owned()),
                        (Some(true), false) => met.insert("taken back".to_owned()),
                        _ => false,
                    };
                }
                if world
                    .subscriptions
                    .iter()
                    .any(|row| row.stage == Stage::RanOut)
                {
                    met.insert("ran out".to_owned());
                }
            }
        }
        let met: Vec<&str> = met.iter().map(String::as_str).collect();
        assert_eq!(
            met,
            [
                "A customer with this email address already exists.",
                "A customer with this email address already exists. and A customer with this external ID already exists.",
                "A customer with this email address already exists. and Customer external ID cannot be updated.",
                "A customer with this external ID already exists.",
                "AlreadyCanceled",
                "Benefit does not exist.",
                "Cancel",
                "ChangeProduct",
                "CreateBenefit",
                "CreateCustomer",
                "CreateProduct",
                "Customer does not exist.",
                "Customer external ID cannot be updated.",
                "DeleteBenefit",
                "DeleteCustomer",
                "Ended",
                "GetBenefit",
                "GetCustomer",
                "GetProduct",
                "GetState",
                "GetSubscription",
                "InsufficientScope",
                "InvalidToken",
                "ListBenefits",
                "ListCustomers",
                "ListGrants",
                "ListGrantsOfBenefit",
                "ListKeys",
                "ListProducts",
                "ListSubscriptions",
                "Me",
                "MyGrant",
                "MyGrants",
                "MySubscription",
                "MySubscriptions",
                "NextPeriod",
                "NotCanceled",
                "NotFound",
                "OpenSession",
                "Product does not exist.",
                "Product is archived.",
                "Product is not a recurring product.",
                "Product is not free. The customer should go through a checkout to create a paid subscription.",
                "Product is not recurring.",
                "Revoke",
                "SetBenefits",
                "SetStatus",
                "Subscribe",
                "Unauthorized",
                "UpdateBenefit",
                "UpdateCustomer",
                "UpdateProduct",
                "granted again",
                "ran out",
                "taken back",
            ]
        );
    }
}
