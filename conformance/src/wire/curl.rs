//! A request as a `curl` command line that repeats it.

use super::{Request, mask};

/// Longer bodies are not shown.
const BODY_LIMIT: usize = 20_000;

/// Encloses the name of a variable in a request that is only printed. No real request contains it.
pub(crate) const MARK: char = '\u{1}';

/// The `curl` command that sends this request to `base`.
///
/// Access tokens become shell variables (`$POLAR_ACCESS_TOKEN`, `$POLAR_CUSTOMER_TOKEN`), every other secret `***`.
pub fn curl(base: &str, request: &Request) -> String {
    let mut command = String::from("curl -i");
    let plain_method = if request.body.is_some() {
        "POST"
    } else {
        "GET"
    };
    if request.method == "HEAD" {
        command.push_str(" --head");
    } else if request.method != plain_method {
        command.push_str(&format!(" -X {}", request.method));
    }
    command.push_str(&format!(
        " --path-as-is {}",
        quoted(&mask(&format!("{base}{}", request.path)))
    ));
    for (name, value) in &request.headers {
        command.push_str(" -H ");
        match value {
            None => command.push_str(&quoted(&format!("{name}:"))),
            Some(value) if name.eq_ignore_ascii_case("authorization") => {
                command.push_str(&authorization(name, value))
            }
            Some(value) => command.push_str(&quoted(&mask(&format!("{name}: {value}")))),
        }
    }
    if let Some(body) = &request.body {
        match std::str::from_utf8(body) {
            Ok(text) if text.len() <= BODY_LIMIT && !text.contains('\0') => {
                command.push_str(&format!(" --data-raw {}", quoted(&mask(text))));
            }
            _ => command.push_str(&format!(
                " --data-binary @body # {} bytes, see the recording",
                body.len()
            )),
        }
    }
    command
}

fn authorization(name: &str, value: &str) -> String {
    let Some((scheme, token)) = value.trim().split_once(' ') else {
        return quoted(&format!("{name}: ***"));
    };
    let token = token.trim();
    if token.starts_with(MARK) {
        return quoted(&format!("{name}: {scheme} {token}"));
    }
    let variable = if token.starts_with("polar_oat_") || token.starts_with("polar_pat_") {
        "$POLAR_ACCESS_TOKEN"
    } else if token.starts_with("polar_cst_") || token.starts_with("polar_mst_") {
        "$POLAR_CUSTOMER_TOKEN"
    } else {
        return quoted(&format!("{name}: {scheme} ***"));
    };
    format!("\"{name}: {scheme} {variable}\"")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_can_be_pasted_into_a_shell_without_its_token() {
        let request = Request::new("POST", "/v1/license-keys/validate")
            .header("Authorization", "Bearer polar_oat_secret123")
            .json(r#"{"label":"it's"}"#);
        assert_eq!(
            curl("http://127.0.0.1:7657", &request),
            r#"curl -i --path-as-is 'http://127.0.0.1:7657/v1/license-keys/validate' -H "Authorization: Bearer $POLAR_ACCESS_TOKEN" -H 'Content-Type: application/json' --data-raw '{"label":"it'\''s"}'"#
        );
    }

    #[test]
    fn other_credentials_are_masked() {
        let line = curl(
            "http://x",
            &Request::new("GET", "/").header("authorization", "Bearer hunter2"),
        );
        assert!(!line.contains("hunter2"), "{line}");
        let line = curl(
            "http://x",
            &Request::new("GET", "/").header("Authorization", "hunter2"),
        );
        assert!(!line.contains("hunter2"), "{line}");
        let line = curl(
            "http://x",
            &Request::new("GET", "/?token=polar_mst_hunter2"),
        );
        assert!(!line.contains("hunter2"), "{line}");
    }
}
