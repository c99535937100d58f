//! The README's example: what stands there is compiled here, and run to each of its three outcomes.

use std::fmt::Write as _;

use polar_client::license_keys::types::{LicenseKeyStatus, LicenseKeyUpdate};

use crate::support::{KEY_ID, Scripted, mock};

/// What the README's example prints about its key on this server.
#[rustfmt::skip]
async fn example(server: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut printed = String::new();
    macro_rules! println {
        ($($what:tt)*) => { writeln!(printed, $($what)*).unwrap() };
    }
    // The example begins.
    use polar_client::{Client, Verdict};

    let polar = Client::builder(server.parse()?).build()?; // or "sandbox", "production"
    let answer = polar
        .customer_portal_license_keys_validate()
        .body_map(|body| body.organization_id("fda84e25-7b55-4d67-916d-60ead04ff61f").key("1C285B2D-6CE6-4BC7-B8BE-ADB6A7E304DA"))
        .send()
        .await;
    match Verdict::from(answer) {
        Verdict::Valid(license) => println!("{} is valid, used {} times", license.display_key, license.usage),
        Verdict::Refused(reason) => println!("Polar says no: {reason}"), // Expired, ConditionsMismatch …
        Verdict::Unanswered(error) => println!("Polar did not answer; you decide whether to let the user in: {error}"), // offline, proxy …
    }
    // The example ends.
    Ok(printed)
}

#[test]
fn the_example_is_the_one_of_the_readme() {
    let source = include_str!("readme.rs");
    let begin = source.find("    // The example begins.\n").unwrap();
    let end = source.find("    // The example ends.\n").unwrap();
    let lines = source[begin..end].lines().skip(1);
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    let compiled = lines
        .join("\n")
        .replace("server.parse()", "\"http://127.0.0.1:7657\".parse()");
    let readme = include_str!("../../../README.md");
    let block = format!("```rust\n{compiled}\n```\n");
    assert!(readme.contains(&block), "README.md has not\n{block}");
    assert_eq!(readme.matches("```rust\n").count(), 1, "no other example");
}

#[tokio::test]
async fn the_example_tells_three_outcomes_apart() {
    let (mock, polar) = mock().await;
    let valid = example(mock.url()).await.unwrap();
    assert_eq!(valid, "****-E304DA is valid, used 0 times\n");

    let revoked = LicenseKeyUpdate {
        status: Some(Some(LicenseKeyStatus::Revoked)),
        ..Default::default()
    };
    let revoke = polar.license_keys_update().id(KEY_ID).body(revoked);
    revoke.send().await.unwrap();
    let refused = example(mock.url()).await.unwrap();
    assert_eq!(
        refused,
        "Polar says no: the license key was revoked or disabled\n"
    );

    let proxy = Scripted::start([(403, &[][..], "<html>Forbidden</html>".to_owned())]).await;
    for unheard in [proxy.url.as_str(), "http://127.0.0.1:9"] {
        let printed = example(unheard).await.unwrap();
        assert!(printed.starts_with("Polar did not answer"), "{printed}");
    }
}
