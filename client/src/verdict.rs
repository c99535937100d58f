//! The three outcomes of a license check.

use progenitor_client::{Error, ResponseValue};
use serde::Serialize;

use crate::LicenseRefusal;

/// The outcome of a license check: Polar said yes, Polar said no, or Polar did not answer.
///
/// Convert what `send()` returns for validating, activating or deactivating a key:
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
#[must_use = "an unchecked verdict lets everybody in"]
pub enum Verdict<T, E> {
    /// Polar said yes, and this is its answer.
    Valid(T),
    /// Polar said no, to this license and for this reason.
    Refused(LicenseRefusal),
    /// Polar did not decide: the app is offline, a proxy or another server answered, or Polar failed, limited the rate, or
    /// refused the request or its token ([`LicenseRefusal::from_error`] names the last three). The app decides whether to
    /// let the user in, for example because the license was valid a few days ago.
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
