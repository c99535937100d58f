//! Corruptions that no such suite can notice, and why.

use std::sync::LazyLock;

use regex::RegexSet;

/// A pattern for the names of corruptions, and why nobody can see them.
const EXPLAINED: &[(&str, &str)] = &[
    (
        r"^value/customer-sessions:create/id=altered$",
        "no request takes the id of a session",
    ),
    (
        r"^value/customer-sessions:create/modified_at=altered$",
        "a new session was never modified: always null",
    ),
    (
        r"^value/.*(activations\.\[\]|activation)\.modified_at=altered$|^value/.*:get_activation/modified_at=altered$",
        "no request modifies an activation: always null",
    ),
    (
        r"modified_at=altered$",
        "only the server knows when something was modified: any time after its creation is accepted",
    ),
    (
        r"^enum-value/.*:validate/status=granted$",
        "only a granted key validates: it is the honest status",
    ),
    (
        r"^enum-value/.*/subscription\.status=active$",
        "the mock has no trials, and the end of a subscription revokes its key: it is the honest status",
    ),
    (
        r"^[a-z-]+/[a-z_:]+/(license_key\.)?order(_id)?\b",
        "an order needs a checkout and a payment, which are not part of this API: always null",
    ),
    (
        r"^[a-z-]+/customer_portal:orders:(get/|list/items)",
        "an order needs a checkout and a payment, which are not part of this API: there is none",
    ),
    (
        r"^[a-z-]+/[a-z_:-]+/\S*(meter|medias|attached_custom_fields)",
        "the mock has no meters, files and custom fields (mock-server/README.md): always empty",
    ),
    (
        r"^value/[a-z_:-]+/(items\.\[\]\.)?(discount_id|checkout_id|order_id|seats|units|past_due_at|user\.github_username)=",
        "needs a checkout, a discount, a price by seats or an account elsewhere: always null",
    ),
    (
        r"^[a-z-]+/(benefits:grants|benefit-grants:list)/items\.\[\]\.(error|previous_properties)\b",
        "the mock grants nothing that needs an account elsewhere, and only events tell what was before: always null",
    ),
    (
        r"^value/subscriptions:create/(trial_start|trial_end|canceled_at|ends_at|ended_at|paused_at|resumes_at)=",
        "a new subscription runs: always null",
    ),
    (
        r"^enum-value/subscriptions:(create/status=active|revoke/status=canceled)$",
        "it is the honest status",
    ),
    (
        r"^problem/.*:(get|rotate)/reversed$",
        "only the id is validated: never more than one error",
    ),
    (
        r"^value/(customer_portal:)?license_keys:get/activations=reversed$",
        "the real server does not order the activations of a key (docs/behaviour.md#without-order)",
    ),
];

static NAMES: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(EXPLAINED.iter().map(|(name, _)| name))
        .expect("the names are regular expressions")
});

/// Why a corruption cannot be noticed, if it cannot.
pub(super) fn explained(name: &str) -> Option<&'static str> {
    let first = NAMES.matches(name).into_iter().next()?;
    Some(EXPLAINED[first].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_first_reason_that_fits() {
        let reason = |name| explained(name).unwrap_or_default();
        let null = "no request modifies an activation: always null";
        assert_eq!(
            reason("value/license_keys:get_activation/modified_at=altered"),
            null
        );
        assert!(
            reason("value/license_keys:get/modified_at=altered").contains("only the server knows")
        );
        assert!(
            reason("drop-field/license_keys:activate/license_key.order.id").contains("checkout")
        );
        assert_eq!(
            explained("check-order/license_keys:validate/Usage before Status"),
            None
        );
        assert_eq!(explained("problem/license_keys:list/reversed"), None);
    }
}
