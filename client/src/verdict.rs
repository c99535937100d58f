//! The three outcomes of asking Polar about a license.

use progenitor_client::{Error, ResponseValue};
use serde::Serialize;

use crate::LicenseRefusal;

/// What came of asking Polar about a license: it said yes, it said no, or it was not heard.
///
/// Made from what `send()` returns when a key is validated, activated or deactivated:
///
/// ```no_run
/// # async fn start(polar: polar_client::Client) {
/// use polar_client::Verdict;
///
/// let call = polar.customer_portal_license_keys_validate();
/// match Verdict::from(call.send().await) {
///     Verdict::Valid(license) => println!("valid, used {} times", license.usage),
///     Verdict::Refused(reason) => println!("no: {reason}"),
///     Verdict::Unanswered(error) => println!("not known: {error}"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a license that nobody looks at admits everybody"]
pub enum Verdict<T, E> {
    /// Polar said yes, and this is its answer.
    Valid(T),
    /// Polar said no, to this license and for this reason.
    Refused(LicenseRefusal),
    /// Nobody knows: offline, a proxy or another server answered, Polar failed, limits the rate, or took the request or
    /// its token for wrong ([`LicenseRefusal::from_error`] names the last three). Whether to let the user in, for example
    /// when the license was valid a few days ago, is for the app to decide.
    Unanswered(Error<E>),
}

impl<T, E: Serialize> From<Result<ResponseValue<T>, Error<E>>> for Verdict<T, E> {
    fn from(answer: Result<ResponseValue<T>, Error<E>>) -> Self {
        match answer {
            Ok(answer) => Self::Valid(answer.into_inner()),
            Err(error) => match LicenseRefusal::from_error(&error) {
                Some(reason) if reason.is_about_license() => Self::Refused(reason),
                _ => Self::Unanswered(error),
            },
        }
    }
}
