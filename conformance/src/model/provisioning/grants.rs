//! How grants and keys follow subscriptions, products, benefits and keys (docs/behaviour.md#grants).

use super::command::{Limits, Terms};
use super::grant::{Grant, Key};
use super::world::World;
use crate::model::command::{Handle, Status};

impl World {
    /// A new period of a subscription touches the grants in force.
    pub(super) fn cycle(&mut self, subscription: Handle) {
        for grant in &mut self.grants {
            if grant.subscription == subscription && grant.granted {
                grant.revision += 1;
            }
        }
    }

    /// Grants what a subscription comes with now, and takes back what it no longer comes with.
    pub(super) fn follow(&mut self, subscription: Handle) {
        let row = &self.subscriptions[subscription];
        let benefits = if row.runs() {
            self.products[row.product].benefits.clone()
        } else {
            Vec::new()
        };
        self.take_back(|grant| {
            grant.subscription == subscription && !benefits.contains(&grant.benefit)
        });
        for benefit in benefits {
            let of_both =
                |grant: &Grant| grant.subscription == subscription && grant.benefit == benefit;
            let grant = self.grants.iter().position(of_both).unwrap_or_else(|| {
                self.grants.push(Grant {
                    subscription,
                    benefit,
                    granted: false,
                    key: None,
                    revision: 0,
                });
                self.grants.len() - 1
            });
            self.give(grant);
        }
    }

    /// Puts a grant in force: with a new key, or with its key once more under the benefit's terms.
    fn give(&mut self, grant: Handle) {
        let grant = &mut self.grants[grant];
        if grant.granted {
            return;
        }
        grant.granted = true;
        grant.revision += 1;
        if let Terms::Keys(limits) = self.benefits[grant.benefit].terms {
            let before = grant.key.take();
            let status = match &before {
                Some(key) if key.status != Status::Revoked => key.status,
                _ => Status::Granted,
            };
            grant.key = Some(Key {
                status,
                limits,
                revision: before.map_or(0, |key| key.revision + 1),
            });
        }
    }

    /// Takes back the grants in force that `which` accepts, and their keys with them.
    pub(super) fn take_back(&mut self, which: impl Fn(&Grant) -> bool) {
        for grant in &mut self.grants {
            if grant.granted && which(grant) {
                grant.granted = false;
                grant.revision += 1;
                if let Some(key) = &mut grant.key {
                    key.status = Status::Revoked;
                    key.revision += 1;
                }
            }
        }
    }

    /// Brings the keys of a benefit under its terms.
    pub(super) fn renew(&mut self, benefit: Handle, limits: Limits) {
        for grant in &mut self.grants {
            if grant.benefit == benefit && grant.granted {
                grant.revision += 1;
                if let Some(key) = &mut grant.key {
                    key.limits = limits;
                    key.revision += 1;
                }
            }
        }
    }

    /// Sets a key's status by hand: a grant is taken back with its key, and given again with it if its benefit is still there.
    /// Returns the key before that.
    pub(super) fn set_status(&mut self, number: Handle, status: Status) -> Option<Key> {
        let grant = &mut self.grants[number];
        let key = grant.key.as_mut()?;
        key.status = status;
        key.revision += 1;
        let given = key.clone();
        match status {
            Status::Revoked if grant.granted => {
                grant.granted = false;
                grant.revision += 1;
            }
            Status::Granted | Status::Disabled if self.benefits[grant.benefit].live => {
                self.give(number)
            }
            _ => {}
        }
        Some(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::provisioning::prelude::*;
    use crate::model::provisioning::{Answer, Call, Refused, Stage, Thing};

    const LIMITS: Limits = Limits {
        activations: Some(1),
        usage: None,
    };

    fn own(world: &mut World, calls: &[Call]) -> Answer {
        let mut last = Answer::Later;
        for call in calls {
            last = world.apply(&Core(Owner, *call));
        }
        last
    }

    /// A customer with a subscription that grants a key.
    fn granted() -> World {
        let customer = CreateCustomer {
            email: 0,
            external: None,
            name: None,
        };
        let mut world = World::default();
        own(
            &mut world,
            &[
                CreateBenefit(Keys(LIMITS)),
                CreateProduct(Free),
                SetBenefits(0, [Some(0), None]),
                customer,
                Subscribe(0, Id(0)),
            ],
        );
        assert_eq!(state(&world), (true, Granted));
        world
    }

    fn state(world: &World) -> (bool, Status) {
        let [grant] = &world.grants[..] else {
            panic!("one grant, not {:?}", world.grants);
        };
        (grant.granted, grant.key.as_ref().unwrap().status)
    }

    #[test]
    fn a_grant_and_its_key_follow_everything_around_them() {
        for (calls, expected) in [
            (&[SetBenefits(0, [None, None])][..], (false, Revoked)),
            (
                &[
                    SetBenefits(0, [None, None]),
                    SetBenefits(0, [Some(0), None]),
                ],
                (true, Granted),
            ),
            (&[DeleteBenefit(0)], (false, Revoked)),
            (&[DeleteCustomer(Id(0))], (false, Revoked)),
            (&[Revoke(0, true)], (false, Revoked)),
            (&[Revoke(0, true), SetStatus(0, Granted)], (true, Granted)),
            (
                &[
                    Revoke(0, true),
                    SetStatus(0, Granted),
                    DeleteCustomer(Id(0)),
                ],
                (false, Revoked),
            ),
            (&[Cancel(0, true)], (true, Granted)),
            (
                &[CreateProduct(Free), ChangeProduct(0, 1)],
                (false, Revoked),
            ),
            (&[SetStatus(0, Disabled)], (true, Disabled)),
            (&[SetStatus(0, Revoked)], (false, Revoked)),
            (
                &[SetStatus(0, Revoked), SetStatus(0, Disabled)],
                (true, Disabled),
            ),
            (&[DeleteBenefit(0), SetStatus(0, Granted)], (false, Granted)),
        ] {
            let mut world = granted();
            own(&mut world, calls);
            assert_eq!(state(&world), expected, "{calls:?}");
        }
    }

    #[test]
    fn new_limits_reach_the_keys_in_force_and_others_when_they_are_granted_again() {
        let other = Limits {
            activations: None,
            usage: Some(2),
        };
        let change = BenefitChange {
            description: None,
            limits: Some(other),
        };
        let mut world = granted();
        own(&mut world, &[UpdateBenefit(0, change)]);
        assert_eq!(world.key(0).unwrap().limits, other);
        let mut world = granted();
        own(
            &mut world,
            &[SetStatus(0, Revoked), UpdateBenefit(0, change)],
        );
        assert_eq!(world.key(0).unwrap().limits, LIMITS);
        let answer = own(&mut world, &[SetStatus(0, Granted)]);
        assert!(matches!(answer, Answer::Given(0, given) if given.limits == LIMITS));
        assert_eq!(world.key(0).unwrap().limits, other);
    }

    #[test]
    fn a_cancellation_takes_effect_with_the_period_and_can_be_taken_back_until_then() {
        let mut world = granted();
        let refused = |world: &mut World, call| match own(world, &[call]) {
            Answer::Refused(Refused::Plainly(refusal)) => refusal.answer().0,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&mut world, Cancel(0, false)), 400);
        own(
            &mut world,
            &[Cancel(0, true), Cancel(0, false), Cancel(0, true)],
        );
        assert_eq!(refused(&mut world, Cancel(0, true)), 403);
        world.apply(&NextPeriod);
        assert_eq!(world.subscriptions[0].stage, Stage::RanOut);
        assert_eq!(state(&world), (false, Revoked));
        assert_eq!(refused(&mut world, Cancel(0, false)), 410);
        assert_eq!(refused(&mut world, Revoke(0, true)), 403);
    }

    #[test]
    fn what_follows_from_a_command_is_read_again() {
        let world = granted();
        let follows = |call: Call| {
            let mut after = world.clone();
            own(&mut after, &[call]);
            after.follows(&world)
        };
        assert_eq!(follows(GetState(Id(0))), []);
        assert_eq!(
            follows(DeleteCustomer(Id(0))),
            [
                ListGrants(0, None),
                ListKeys(0, None),
                ListSubscriptions(0, None, None, crate::model::provisioning::Page::ALL),
            ]
        );
        assert_eq!(
            own(&mut world.clone(), &[ListGrants(0, Some(true))]),
            Answer::Page {
                things: vec![Thing::Grant(0)],
                ordered: false,
                total: 1,
                pages: 1,
            }
        );
    }
}
