//! A sequence, printed as a test.

use std::fmt::Write as _;

use crate::model::{Command, Start};

/// A sequence as a test that repeats it on the target, for a file in `conformance/tests`.
pub(super) fn rust(target: &str, start: &[Start], commands: &[Command]) -> String {
    let mut text = String::from(
        "//! A sequence of requests; every answer must equal the reference model's.\n\
         \n\
         use polar_conformance::model::prelude::*;\n\
         use polar_conformance::properties::repeat;\n\
         \n\
         #[rustfmt::skip]\n\
         #[tokio::test(flavor = \"multi_thread\")]\n\
         async fn every_answer_is_the_models() {\n",
    );
    let mut list = |name: &str, items: Vec<String>| {
        // Writing to memory cannot fail.
        let _ = writeln!(text, "    let {name} = [");
        for item in items {
            let _ = writeln!(text, "        {item},");
        }
        text.push_str("    ];\n");
    };
    list(
        "start",
        start.iter().map(|one| format!("{one:?}")).collect(),
    );
    list(
        "commands",
        commands.iter().map(|one| format!("{one:?}")).collect(),
    );
    text + &format!("    repeat({target:?}, &start, &commands).await.unwrap();\n}}\n")
}

#[cfg(test)]
mod tests {
    use crate::model::prelude::*;

    /// The printed test equals `tests/printed.rs`, which passes.
    #[test]
    fn a_sequence_is_printed_as_a_test_that_compiles() {
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
        assert_eq!(
            super::rust("mock", &start, &commands),
            include_str!("../../../tests/printed.rs")
        );
        let url = "http://127.0.0.1:7657";
        assert!(super::rust(url, &start, &commands).contains(&format!("repeat(\"{url}\", &start")));
    }
}
