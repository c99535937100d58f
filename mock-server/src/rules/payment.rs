//! What becomes of a payment. There is no payment provider: the name of the confirmation token decides, and the settings
//! where it has none that is known (docs/behaviour.md#payments).

use crate::settings::Payment;

/// Confirmation tokens by how they begin.
const NAMED: [(&str, Payment); 6] = [
    ("ctoken_ok", Payment::Succeeds),
    ("ctoken_declined", Payment::Declined),
    ("ctoken_funds", Payment::InsufficientFunds),
    ("ctoken_late", Payment::Late),
    ("ctoken_renewno", Payment::RenewalDeclined),
    ("ctoken_action", Payment::ActionRequired),
];

fn named(token: &str) -> Option<Payment> {
    let mut known = NAMED.iter();
    known
        .find(|(start, _)| token.starts_with(start))
        .map(|&(_, payment)| payment)
}

/// What becomes of the payment with a confirmation token; `None` where there is no such token.
pub fn decide(token: &str, default: Payment) -> Option<Payment> {
    let default = token.starts_with("ctoken_").then_some(default);
    named(token).or(default)
}

/// Why the provider refuses a payment at once. Where the card is only kept for later, it is not asked for money.
pub fn refusal(payment: Payment, is_paid_now: bool) -> Option<&'static str> {
    match payment {
        Payment::Declined => Some("Your card was declined."),
        Payment::InsufficientFunds if is_paid_now => Some("Your card has insufficient funds."),
        _ => None,
    }
}

/// Whether the card of this confirmation token pays the next period.
pub fn pays_renewals(token: &str, default: Payment) -> bool {
    match named(token) {
        Some(payment) => payment != Payment::RenewalDeclined,
        None => default == Payment::Succeeds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_before_the_default() {
        for (token, default, decided, pays) in [
            (
                "ctoken_ok",
                Payment::Declined,
                Some(Payment::Succeeds),
                true,
            ),
            ("ctoken_ok_2", Payment::Late, Some(Payment::Succeeds), true),
            (
                "ctoken_declined",
                Payment::Succeeds,
                Some(Payment::Declined),
                true,
            ),
            (
                "ctoken_funds",
                Payment::Succeeds,
                Some(Payment::InsufficientFunds),
                true,
            ),
            ("ctoken_late", Payment::Succeeds, Some(Payment::Late), true),
            (
                "ctoken_renewno",
                Payment::Succeeds,
                Some(Payment::RenewalDeclined),
                false,
            ),
            (
                "ctoken_action",
                Payment::Succeeds,
                Some(Payment::ActionRequired),
                true,
            ),
            (
                "ctoken_1Abc",
                Payment::Succeeds,
                Some(Payment::Succeeds),
                true,
            ),
            ("ctoken_1Abc", Payment::Late, Some(Payment::Late), false),
            ("abc", Payment::Succeeds, None, true),
            ("", Payment::Succeeds, None, true),
        ] {
            assert_eq!(decide(token, default), decided, "{token}");
            assert_eq!(pays_renewals(token, default), pays, "{token}");
        }
    }

    #[test]
    fn a_card_that_is_only_kept_is_not_asked_for_money() {
        for (payment, paid_now, kept) in [
            (Payment::Succeeds, None, None),
            (
                Payment::Declined,
                Some("Your card was declined."),
                Some("Your card was declined."),
            ),
            (
                Payment::InsufficientFunds,
                Some("Your card has insufficient funds."),
                None,
            ),
            (Payment::Late, None, None),
            (Payment::RenewalDeclined, None, None),
            (Payment::ActionRequired, None, None),
        ] {
            assert_eq!(refusal(payment, true), paid_now, "{payment:?}");
            assert_eq!(refusal(payment, false), kept, "{payment:?}");
        }
    }
}
