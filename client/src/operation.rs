//! Facts from the document about an operation, beside its types.

/// Facts about one operation. The generated modules list theirs as `OPERATIONS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationFacts {
    /// The name of the client's method, and what hooks get as `OperationInfo::operation_id`.
    pub name: &'static str,
    /// The operationId in the document.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The names of the security schemes, any of which is enough. Empty if the operation needs no token.
    pub security: &'static [&'static str],
    /// Whether the answer is one page of a list.
    pub paginated: bool,
    /// The documented statuses, each with the schemas that its body may have; none if it has no body.
    pub responses: &'static [(u16, &'static [&'static str])],
}

impl OperationFacts {
    /// The facts of the operation whose method has this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        let groups: &[&'static [Self]] = &[
            crate::license_keys::OPERATIONS,
            #[cfg(feature = "provisioning")]
            crate::provisioning::OPERATIONS,
            #[cfg(feature = "sales")]
            crate::sales::OPERATIONS,
        ];
        let mut all = groups.iter().copied().flatten();
        all.find(|facts| facts.name == name)
    }

    /// The schemas that the body of an answer with this status may have; `None` if the status is not documented.
    pub fn schemas_of(&self, status: u16) -> Option<&'static [&'static str]> {
        let mut documented = self.responses.iter();
        documented
            .find(|(known, _)| *known == status)
            .map(|(_, schemas)| *schemas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_found_by_the_name_of_their_method() {
        let facts = OperationFacts::find("customer_portal_license_keys_validate").expect("known");
        assert_eq!(facts.id, "customer_portal:license_keys:validate");
        assert_eq!(facts.security, [""; 0]);
        assert_eq!(facts.schemas_of(200), Some(&["ValidatedLicenseKey"][..]));
        assert_eq!(facts.schemas_of(500), None);
        assert!(OperationFacts::find("no_such_operation").is_none());
    }
}
