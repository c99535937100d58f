//! Random commands on keys, each drawn from the state of the model at that point.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::Union;

use crate::cases::Api;
use crate::model::{
    Caller, Change, Claims, Command, Conditions, Device, Keys, Listing, Name, Place, Spelling,
    Start, Status,
};
use crate::properties::sequences::sequence::{self, Sequence};

/// What the sequences are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    /// Only activate, deactivate and validate, on keys with few slots.
    pub(super) slots_only: bool,
    /// Also keys and tokens of another organization, a token with fewer scopes, a forged token, keys that are revoked and
    /// granted again: for seeded targets.
    pub(super) own_world: bool,
    /// Time passes.
    pub(super) clock: bool,
    /// A failing sequence is shrunk.
    pub(super) shrink: bool,
}

/// Sequences of up to this many commands.
pub(super) fn sequences(profile: Profile, longest: usize) -> impl Strategy<Value = Sequence<Keys>> {
    sequence::sequences(
        longest,
        profile.shrink,
        move || starts(profile),
        move |keys| commands(profile, keys),
    )
}

fn starts(profile: Profile) -> BoxedStrategy<Keys> {
    let start = if profile.slots_only {
        let start = |limit| Start {
            limit_activations: Some(limit),
            limit_usage: None,
            organization: Place::Home,
        };
        vec((1..=5_u32).prop_map(start), 1..=3).boxed()
    } else {
        let place = match profile.own_world {
            true => prop_oneof![3 => Just(Place::Home), 1 => Just(Place::Abroad)].boxed(),
            false => Just(Place::Home).boxed(),
        };
        let start = (
            option::weighted(0.9, 1..=4_u32),
            option::of(1..=4_u32),
            place,
        )
            .prop_map(|(limit_activations, limit_usage, organization)| Start {
                limit_activations,
                limit_usage,
                organization,
            });
        vec(start, 1..=3).boxed()
    };
    start.prop_map(Keys::new).boxed()
}

fn commands(profile: Profile, keys: &Keys) -> BoxedStrategy<Command> {
    let places: Vec<Place> = keys.keys().iter().map(|key| key.organization).collect();
    let devices: Vec<Vec<usize>> = (0..places.len())
        .map(|key| keys.live(key).collect())
        .collect();
    let made = keys.activations().len();
    let on_a_key = (0..places.len())
        .prop_flat_map(move |key| on_key(profile, key, places[key], &devices[key], made));
    if profile.slots_only {
        return on_a_key.boxed();
    }
    let mut choices = vec![(12, on_a_key.boxed()), (1, lists(profile))];
    if profile.clock {
        choices.push((1, (1..=2_u32).prop_map(Command::Wait).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

/// A command on one key, given its organization and its activations.
fn on_key(
    profile: Profile,
    key: usize,
    place: Place,
    live: &[usize],
    made: usize,
) -> BoxedStrategy<Command> {
    let named = move |api| {
        (
            callers(profile, api, place, true),
            names(profile, key, place),
        )
    };
    let device = devices(live, made);
    let api = select(vec![Api::Core, Api::Portal]);
    let activate = api.clone().prop_flat_map(move |api| {
        (named(api), conditions(profile)).prop_map(move |((caller, name), conditions)| {
            Command::Activate(api, caller, name, conditions)
        })
    });
    let validate = {
        let claims = claims(profile, place, &device);
        api.clone().prop_flat_map(move |api| {
            (named(api), claims.clone()).prop_map(move |((caller, name), claims)| {
                Command::Validate(api, caller, name, claims)
            })
        })
    };
    let deactivate = {
        let device = device.clone();
        api.clone().prop_flat_map(move |api| {
            (named(api), device.clone()).prop_map(move |((caller, name), device)| {
                Command::Deactivate(api, caller, name, device)
            })
        })
    };
    let mut choices = vec![
        (4, activate.boxed()),
        (4, validate.boxed()),
        (3, deactivate.boxed()),
    ];
    if !profile.slots_only {
        let core = callers(profile, Api::Core, place, false);
        let seen = api.prop_flat_map(move |api| (Just(api), callers(profile, api, place, false)));
        let update = (core.clone(), changes(profile))
            .prop_map(move |(caller, change)| Command::Update(caller, key, change));
        let rotate = seen
            .clone()
            .prop_map(move |(api, caller)| Command::Rotate(api, caller, key));
        let get = seen.prop_map(move |(api, caller)| Command::Get(api, caller, key));
        let get_activation = (core, device)
            .prop_map(move |(caller, device)| Command::GetActivation(caller, key, device));
        choices.extend([
            (3, update.boxed()),
            (1, rotate.boxed()),
            (1, get.boxed()),
            (1, get_activation.boxed()),
        ]);
    }
    Union::new_weighted(choices).boxed()
}

/// Mostly an authorised caller; `public` if the portal requires no session.
fn callers(profile: Profile, api: Api, place: Place, public: bool) -> BoxedStrategy<Caller> {
    use Caller::{Customer, Forged, Nobody, Owner, Reader, Stranger};
    let rightful = match (api, place) {
        (Api::Core, Place::Abroad) => Stranger,
        (Api::Core, _) => Owner,
        (Api::Portal, _) if public => Nobody,
        (Api::Portal, _) => Customer,
    };
    let others: &[Caller] = match (profile.slots_only, profile.own_world) {
        (true, _) => &[],
        // Do not bother a real server with invalid tokens.
        (false, false) => &[Nobody, Owner, Customer],
        (false, true) => &[Nobody, Owner, Customer, Reader, Stranger, Forged],
    };
    let mut choices = vec![(20, Just(rightful))];
    choices.extend(others.iter().map(|caller| (1, Just(*caller))));
    Union::new_weighted(choices).boxed()
}

fn names(profile: Profile, key: usize, place: Place) -> BoxedStrategy<Name> {
    let (spelling, organization) = if profile.slots_only {
        (Just(Spelling::Current).boxed(), Just(place).boxed())
    } else {
        let spelling = prop_oneof![
            16 => Just(Spelling::Current), 3 => Just(Spelling::Former), 1 => Just(Spelling::Lower)
        ];
        let organization = match profile.own_world {
            true => {
                prop_oneof![12 => Just(place), 1 => Just(Place::Home), 1 => Just(Place::Abroad)]
                    .boxed()
            }
            false => Just(place).boxed(),
        };
        (spelling.boxed(), organization)
    };
    (spelling, organization)
        .prop_map(move |(spelling, organization)| Name {
            key,
            spelling,
            organization,
        })
        .boxed()
}

/// Mostly an activation of the key, else any that was made, or an unknown one.
fn devices(live: &[usize], made: usize) -> BoxedStrategy<Device> {
    let mut choices = vec![(1, Just(Device::Unmade).boxed())];
    if !live.is_empty() {
        choices.push((6, select(live.to_vec()).prop_map(Device::Made).boxed()));
    }
    if made > 0 {
        choices.push((2, (0..made).prop_map(Device::Made).boxed()));
    }
    Union::new_weighted(choices).boxed()
}

fn conditions(profile: Profile) -> BoxedStrategy<Conditions> {
    if profile.slots_only {
        return Just(Conditions::Omitted).boxed();
    }
    prop_oneof![1 => Just(Conditions::Omitted), 1 => select(Conditions::ALL)].boxed()
}

fn claims(profile: Profile, place: Place, device: &BoxedStrategy<Device>) -> BoxedStrategy<Claims> {
    let activation = option::weighted(0.7, device.clone());
    if profile.slots_only {
        let claims = |activation| Claims {
            activation,
            conditions: Conditions::Omitted,
            benefit: None,
            customer: None,
            increment: None,
        };
        return activation.prop_map(claims).boxed();
    }
    let right = move || prop_oneof![8 => Just(None), 3 => Just(Some(place)), 1 => places(profile).prop_map(Some)];
    (
        activation,
        conditions(profile),
        right(),
        right(),
        option::of(prop_oneof![1 => Just(1), 1 => 0..=4_u32]),
    )
        .prop_map(
            |(activation, conditions, benefit, customer, increment)| Claims {
                activation,
                conditions,
                benefit,
                customer,
                increment,
            },
        )
        .boxed()
}

fn places(profile: Profile) -> BoxedStrategy<Place> {
    if profile.own_world {
        select(vec![Place::Home, Place::Beside, Place::Abroad]).boxed()
    } else {
        select(vec![Place::Home, Place::Beside]).boxed()
    }
}

fn statuses(profile: Profile) -> BoxedStrategy<Status> {
    if profile.own_world {
        prop_oneof![3 => Just(Status::Granted), 1 => Just(Status::Disabled), 1 => Just(Status::Revoked)]
            .boxed()
    } else {
        // A key that is revoked and granted again gets the benefit's limits in the background
        // (docs/behaviour.md#update).
        prop_oneof![2 => Just(Status::Granted), 1 => Just(Status::Disabled)].boxed()
    }
}

fn changes(profile: Profile) -> BoxedStrategy<Change> {
    (
        option::weighted(0.5, statuses(profile)),
        option::weighted(0.3, -2..=6_i32),
        option::weighted(0.3, option::of(1..=4_u32)),
        option::weighted(0.3, option::of(1..=4_u32)),
        option::weighted(
            0.2,
            option::of((-1..=4_i32).prop_map(|hours| 2 * hours + 1)),
        ),
    )
        .prop_map(
            |(status, usage, limit_activations, limit_usage, expires_at)| Change {
                status,
                usage,
                limit_activations,
                limit_usage,
                expires_at,
            },
        )
        .boxed()
}

fn lists(profile: Profile) -> BoxedStrategy<Command> {
    let organization = match profile.own_world {
        true => option::weighted(0.3, select(vec![Place::Home, Place::Abroad])).boxed(),
        false => Just(None).boxed(),
    };
    // On other targets the organization may have other keys, but not of this benefit.
    let benefit = match profile.own_world {
        true => option::weighted(0.4, places(profile)).boxed(),
        false => Just(Some(Place::Home)).boxed(),
    };
    let status = option::weighted(
        0.3,
        select(vec![Status::Granted, Status::Revoked, Status::Disabled]),
    );
    let listing = (
        organization,
        benefit,
        status,
        1..=3_u32,
        select(vec![1_u32, 2, 3, 10, 100]),
    )
        .prop_map(|(organization, benefit, status, page, limit)| Listing {
            organization,
            benefit,
            status,
            page,
            limit,
        });
    (any::<bool>(), any::<bool>(), listing)
        .prop_flat_map(move |(core, abroad, listing)| {
            let api = if core { Api::Core } else { Api::Portal };
            let place = if abroad && profile.own_world {
                Place::Abroad
            } else {
                Place::Home
            };
            callers(profile, api, place, false)
                .prop_map(move |caller| Command::List(api, caller, listing))
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    /// Many sequences get every refusal and every kind of success from the model.
    #[test]
    fn sequences_meet_every_answer_of_the_model() {
        let everything = Profile {
            slots_only: false,
            own_world: true,
            clock: true,
            shrink: true,
        };
        let mut runner = TestRunner::deterministic();
        let mut met = BTreeSet::new();
        for _ in 0..400 {
            let sequence = sequences(everything, 30)
                .new_tree(&mut runner)
                .unwrap()
                .current();
            let mut keys = sequence.start;
            for command in &sequence.commands {
                let answer = format!("{:?}", keys.apply(command));
                let mut words = answer.split(['(', ' ', ')', '{']);
                let kind = words.next().unwrap_or_default();
                let what = words.next().unwrap_or_default();
                met.insert(match kind {
                    "Refused" => format!("{kind} {what}"),
                    kind => kind.to_owned(),
                });
            }
        }
        let met: Vec<&str> = met.iter().map(String::as_str).collect();
        assert_eq!(
            met,
            [
                "Activation",
                "Done",
                "Key",
                "KeyWithActivations",
                "Later",
                "Page",
                "Refused CannotActivate",
                "Refused CannotActivateExpired",
                "Refused CannotRotate",
                "Refused Expired",
                "Refused InsufficientScope",
                "Refused InvalidToken",
                "Refused LimitReached",
                "Refused NoActivations",
                "Refused NotActive",
                "Refused NotFound",
                "Refused OtherBenefit",
                "Refused OtherConditions",
                "Refused OtherCustomer",
                "Refused Unauthorized",
                "Refused UsedUp",
                "Valid",
            ]
        );
    }
}
