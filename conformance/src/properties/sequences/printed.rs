//! A sequence, printed as a test.

use std::fmt::{Debug, Write as _};

/// What differs between the tests of the models.
pub(super) struct Printed {
    /// The module whose prelude has every name.
    pub(super) prelude: &'static str,
    /// The function that repeats a sequence.
    pub(super) repeat: &'static str,
    /// The lists that it takes: each with its name and its items.
    pub(super) lists: Vec<(&'static str, Vec<String>)>,
}

impl Printed {
    /// A sequence as a test that repeats it on the target, for a file in `conformance/tests`.
    pub(super) fn test(&self, target: &str) -> String {
        let Self {
            prelude, repeat, ..
        } = self;
        let mut text = format!(
            "//! A sequence of requests; every answer must equal the reference model's.\n\
             \n\
             use polar_conformance::{prelude}::prelude::*;\n\
             use polar_conformance::properties::{repeat};\n\
             \n\
             #[rustfmt::skip]\n\
             #[tokio::test(flavor = \"multi_thread\")]\n\
             async fn every_answer_is_the_models() {{\n"
        );
        let mut names = String::new();
        for (name, items) in &self.lists {
            // Writing to memory cannot fail.
            let _ = writeln!(text, "    let {name} = [");
            for item in items {
                let _ = writeln!(text, "        {item},");
            }
            text.push_str("    ];\n");
            let _ = write!(names, ", &{name}");
        }
        text + &format!("    {repeat}({target:?}{names}).await.unwrap();\n}}\n")
    }
}

/// The expressions that make these.
pub(super) fn expressions(items: &[impl Debug]) -> Vec<String> {
    items.iter().map(|item| format!("{item:?}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::properties::sequences::sequence::{Model, Sequence};

    /// The printed test equals `tests/printed.rs`, which passes.
    #[test]
    fn a_sequence_is_printed_as_a_test_that_compiles() {
        use crate::model::{Keys, prelude::*};

        let start = [
            Start {
                limit_activations: Some(1),
                limit_usage: None,
                organization: Home,
            },
            Start {
                limit_activations: None,
                limit_usage: Some(3),
                organization: Abroad,
            },
        ];
        let name = |key, organization| Name {
            key,
            spelling: Current,
            organization,
        };
        let claims = Claims {
            activation: Some(Made(0)),
            conditions: OneAsFloat,
            benefit: Some(Home),
            customer: None,
            increment: Some(2),
        };
        let change = Change {
            status: Some(Granted),
            usage: Some(-1),
            limit_activations: Some(None),
            limit_usage: None,
            expires_at: Some(Some(-1)),
        };
        let listing = Listing {
            organization: None,
            benefit: Some(Beside),
            status: Some(Disabled),
            page: 1,
            limit: 10,
        };
        let commands = [
            Activate(Portal, Nobody, name(0, Home), One),
            Validate(Core, Owner, name(0, Home), claims),
            Validate(Portal, Forged, name(1, Home), claims),
            GetActivation(Reader, 0, Unmade),
            Update(Stranger, 1, change),
            Rotate(Portal, Customer, 0),
            Deactivate(Portal, Nobody, name(0, Home), Made(0)),
            Get(Core, Owner, 0),
            List(Portal, Customer, listing),
            Wait(1),
        ];
        let sequence = Sequence::new(Keys::new(start.to_vec()), commands.to_vec());
        let printed = Keys::printed(&sequence);
        assert_eq!(
            printed.test("mock"),
            include_str!("../../../tests/printed.rs")
        );
        let url = "http://127.0.0.1:7657";
        assert!(
            printed
                .test(url)
                .contains(&format!("repeat(\"{url}\", &start"))
        );
    }

    /// The printed test equals `tests/printed_provisioning.rs`, which passes.
    #[test]
    fn a_sequence_of_provisioning_is_printed_as_a_test_that_compiles() {
        use crate::model::provisioning::{World, prelude::*};

        let limits = |activations, usage| Limits { activations, usage };
        let commands = vec![
            Core(Owner, CreateBenefit(Keys(limits(Some(2), None)))),
            Core(Owner, CreateProduct(Free)),
            Core(Owner, SetBenefits(0, [Some(0), None])),
            Core(
                Owner,
                CreateCustomer {
                    email: 0,
                    external: Some(1),
                    name: None,
                },
            ),
            Core(Owner, Subscribe(0, External(1))),
            Core(Owner, OpenSession(Id(0))),
            Portal(0, MyGrants),
            Core(Owner, SetStatus(0, Revoked)),
            Core(Owner, SetStatus(0, Disabled)),
            Core(
                Owner,
                UpdateBenefit(
                    0,
                    BenefitChange {
                        description: None,
                        limits: Some(limits(None, Some(3))),
                    },
                ),
            ),
            Core(
                Owner,
                UpdateCustomer(
                    Id(0),
                    CustomerChange {
                        name: Some(0),
                        email: None,
                        external: None,
                    },
                ),
            ),
            Core(
                Owner,
                UpdateProduct(
                    0,
                    ProductChange {
                        name: None,
                        archived: Some(true),
                    },
                ),
            ),
            Core(
                Stranger,
                ListSubscriptions(0, None, Some(true), Page { page: 1, limit: 10 }),
            ),
            Core(Owner, Cancel(0, true)),
            NextPeriod,
            Portal(0, Me),
        ];
        let printed = World::printed(&Sequence::new(World::default(), commands));
        assert_eq!(
            printed.test("mock"),
            include_str!("../../../tests/printed_provisioning.rs")
        );
    }
}
