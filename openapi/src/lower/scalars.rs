//! Formats of strings.

use serde_json::{Map, Value, json};

use super::losses::Losses;

/// Formats by the names the generator knows.
pub(super) fn formats(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    let known = match schema.get("format").and_then(Value::as_str) {
        Some("uuid4") => "uuid",
        Some("ipvanyaddress") => "ip",
        _ => return,
    };
    if known == "uuid" {
        losses.note(
            "format",
            at,
            "uuid4 becomes any uuid, the version is not checked",
        );
    }
    schema.insert("format".to_owned(), json!(known));
}

/// `contentEncoding` and `contentMediaType` were formats in 3.0.
pub(super) fn content(schema: &mut Map<String, Value>, at: &str, losses: &mut Losses) {
    let encoding = schema.shift_remove("contentEncoding");
    let media_type = schema.shift_remove("contentMediaType");
    let format = match (&encoding, &media_type) {
        (Some(encoding), _)
            if encoding
                .as_str()
                .is_some_and(|name| name.starts_with("base64")) =>
        {
            "byte"
        }
        (None, None) => return,
        _ => "binary",
    };
    if let Some(media_type) = media_type {
        losses.note(
            "content",
            at,
            format!("contentMediaType {media_type} becomes `format: {format}`"),
        );
    }
    schema.entry("format").or_insert_with(|| json!(format));
}

#[cfg(test)]
mod tests {
    use super::super::tests::{apply, apply_at};
    use super::*;

    #[test]
    fn known_formats_are_renamed_and_others_stay() {
        let (schema, losses) = apply_at(formats, "", json!({"type": "string", "format": "uuid4"}));
        assert_eq!(
            (schema, losses),
            (json!({"type": "string", "format": "uuid"}), vec!["format"])
        );
        assert_eq!(
            apply(formats, json!({"format": "ipvanyaddress"})),
            json!({"format": "ip"})
        );
        assert_eq!(
            apply(formats, json!({"format": "email"})),
            json!({"format": "email"})
        );
    }

    #[test]
    fn content_becomes_a_format() {
        assert_eq!(
            apply(content, json!({"contentEncoding": "base64"})),
            json!({"format": "byte"})
        );
        let (schema, losses) = apply_at(content, "", json!({"contentMediaType": "image/png"}));
        assert_eq!(
            (schema, losses),
            (json!({"format": "binary"}), vec!["content"])
        );
        assert_eq!(
            apply(content, json!({"type": "string"})),
            json!({"type": "string"})
        );
    }
}
