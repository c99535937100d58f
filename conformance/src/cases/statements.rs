//! What Polar's documentation says about license keys and the API, as single statements in our words. Every one has a
//! case that shows it ([`Case::says`](super::Case::says)).

/// A statement of the documentation.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The id that cases cite.
    pub id: &'static str,
    /// The page and its section.
    pub source: &'static str,
    /// What it says.
    pub text: &'static str,
}

const fn statement(id: &'static str, source: &'static str, text: &'static str) -> Statement {
    Statement { id, source, text }
}

const GUIDE: &str = "guide License Keys, features";
const EXPERIENCE: &str = "guide License Keys, Customer Experience";
const ACTIVATE: &str = "guide License Keys, Activate License Keys";
const VALIDATE: &str = "guide License Keys, Validate License Keys";
const SCOPING: &str = "guide License Keys, Validate benefit_id";
const REFERENCE: &str = "reference Validate License Key";
const AUTHENTICATION: &str = "API Overview, Authentication";
const PAGINATION: &str = "API Overview, Pagination";
const LIMITS: &str = "API Overview, Rate Limits";

/// Every statement.
pub const STATEMENTS: &[Statement] = &[
    statement(
        "guide/prefix",
        GUIDE,
        "A key is a random UUID behind the seller's prefix.",
    ),
    statement("guide/expiry", GUIDE, "A key may expire by itself."),
    statement(
        "guide/activation-limit",
        GUIDE,
        "A key may be limited to a number of activations.",
    ),
    statement(
        "guide/quota",
        GUIDE,
        "A key may have a quota of usage, spent when it is validated.",
    ),
    statement(
        "guide/conditions",
        GUIDE,
        "An activation may carry conditions that a validation has to repeat.",
    ),
    statement(
        "guide/revoked-with-subscription",
        GUIDE,
        "A key ends with the subscription that brought it.",
    ),
    statement(
        "guide/key-on-purchase",
        EXPERIENCE,
        "Everybody who buys or subscribes gets their own key.",
    ),
    statement(
        "guide/customer-sees-key",
        EXPERIENCE,
        "Customers see their key, its expiry and its usage.",
    ),
    statement(
        "guide/customer-deactivates",
        EXPERIENCE,
        "Customers free activations themselves where that is enabled.",
    ),
    statement(
        "guide/activation-first",
        ACTIVATE,
        "With a limit of activations, an app activates and gets an activation id.",
    ),
    statement(
        "guide/no-limit-no-activation",
        ACTIVATE,
        "Without a limit there is nothing to activate.",
    ),
    statement(
        "guide/activate-answer",
        ACTIVATE,
        "Activating answers 200 with the activation, its label and meta, and its key.",
    ),
    statement(
        "guide/meta",
        ACTIVATE,
        "Meta is stored with the activation and given back.",
    ),
    statement(
        "guide/validate-answer",
        VALIDATE,
        "Validating answers 200 with the key, its counters and the activation.",
    ),
    statement(
        "guide/activation-id",
        VALIDATE,
        "A validation may name an activation, which has to be the key's.",
    ),
    statement(
        "guide/same-conditions",
        VALIDATE,
        "The conditions of a validation are those of the activation, exactly.",
    ),
    statement(
        "guide/increment",
        VALIDATE,
        "A validation may add to the usage.",
    ),
    statement(
        "guide/one-organization",
        SCOPING,
        "An organization id is required, so that no key works for another seller.",
    ),
    statement(
        "guide/benefit",
        SCOPING,
        "A key shows its benefit, and a validation may insist on one.",
    ),
    statement(
        "reference/public",
        REFERENCE,
        "The portal's validation needs no token, the core one does.",
    ),
    statement(
        "reference/not-found",
        REFERENCE,
        "An invalid key gets a 404 with a ResourceNotFound.",
    ),
    statement(
        "reference/validation-error",
        REFERENCE,
        "An invalid request gets a 422.",
    ),
    statement(
        "reference/customer",
        REFERENCE,
        "A validation may insist on a customer.",
    ),
    statement(
        "reference/condition-limits",
        REFERENCE,
        "At most 50 conditions; names of 1 to 40 characters; values are texts, numbers or booleans.",
    ),
    statement(
        "api/organization-token",
        AUTHENTICATION,
        "The core API takes an organization's access token as a bearer.",
    ),
    statement(
        "api/customer-token",
        AUTHENTICATION,
        "The customer portal's API takes a customer's token, made through customer sessions, and shows their things only.",
    ),
    statement(
        "api/two-apis",
        AUTHENTICATION,
        "A customer's token does not open the core API.",
    ),
    statement(
        "api/page",
        PAGINATION,
        "Pages count from 1 and skip the items before them.",
    ),
    statement(
        "api/limit",
        PAGINATION,
        "A page has 10 items by default and 100 at most.",
    ),
    statement(
        "api/pagination",
        PAGINATION,
        "A list says how many items match and how many pages that makes.",
    ),
    statement(
        "api/requests-a-minute",
        LIMITS,
        "The sandbox takes 100 requests a minute from an organization.",
    ),
    statement(
        "api/three-a-second",
        LIMITS,
        "Validating, activating and deactivating without a token is limited to three a second.",
    ),
    statement(
        "api/retry-after",
        LIMITS,
        "Too many requests are a 429 that says when to come back.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cases::all;

    #[test]
    fn every_statement_is_shown_by_a_case_and_nothing_else_is_cited() {
        let said: BTreeSet<&str> = STATEMENTS.iter().map(|statement| statement.id).collect();
        assert_eq!(said.len(), STATEMENTS.len());
        let cited: BTreeSet<&str> = all()
            .iter()
            .flat_map(|run| run.case().says)
            .copied()
            .collect();
        assert_eq!(cited, said);
    }
}
