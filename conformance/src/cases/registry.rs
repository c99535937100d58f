//! The list of cases.

use super::case::CaseRun;

/// Every case on every API it has.
pub fn all() -> Vec<CaseRun> {
    [
        super::validate_status::CASES,
        super::validate_activation::CASES,
        super::validate_conditions::CASES,
        super::validate_owner::CASES,
        super::validate_usage::CASES,
        super::validate_precedence::CASES,
        super::activate_refusals::CASES,
        super::activate_slots::CASES,
        super::deactivate::CASES,
        super::read::CASES,
        super::update::CASES,
        super::rotate::CASES,
        super::authentication::CASES,
        super::portal_sessions::CASES,
        super::bodies::CASES,
        super::list::CASES,
        super::changes::CASES,
        super::requests::CASES,
        super::lifecycle::CASES,
        super::grants::CASES,
        super::things::CASES,
    ]
    .into_iter()
    .flatten()
    .flat_map(|case| {
        case.apis.iter().map(|api| CaseRun {
            case: *case,
            api: *api,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_say_their_group() {
        let mut names: Vec<String> = all().iter().map(CaseRun::name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(
            names.iter().all(|name| name.split('/').count() == 4),
            "{names:?}"
        );
    }
}
