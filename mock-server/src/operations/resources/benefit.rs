//! `Benefit`, and what customers see of one.

use std::borrow::Cow;

use serde_json::json;

use super::kept::Kept;
use super::organization::subscriber_organization;
use crate::answer::MetadataView;
use crate::generated::answers::{
    self, BenefitCustomProperties, BenefitCustomSubscriberProperties, BenefitDiscordProperties,
    BenefitDiscordSubscriberProperties, BenefitDownloadablesProperties,
    BenefitDownloadablesSubscriberProperties, BenefitFeatureFlagProperties,
    BenefitFeatureFlagSubscriberProperties, BenefitGitHubRepositoryProperties,
    BenefitGitHubRepositorySubscriberProperties, BenefitLicenseKeyActivationProperties,
    BenefitLicenseKeyExpirationProperties, BenefitLicenseKeysProperties,
    BenefitLicenseKeysSubscriberProperties, BenefitMeterCreditProperties,
    BenefitMeterCreditSubscriberProperties, BenefitProperties, BenefitSlackSharedChannelProperties,
    BenefitSlackSharedChannelSubscriberProperties, CustomerBenefitGrantBenefit,
    CustomerBenefitGrantBenefitProperties,
};
use crate::state::{Benefit, Organization};

/// A benefit as the seller sees it.
pub(in crate::operations) fn benefit(row: &Benefit) -> answers::Benefit<'_> {
    let is_taxed = matches!(row.kind.as_str(), "custom" | "slack_shared_channel");
    answers::Benefit {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        r#type: Cow::Borrowed(&row.kind),
        description: Cow::Borrowed(&row.description),
        is_deleted: row.deleted_at.is_some(),
        organization_id: row.organization_id,
        metadata: MetadataView(&row.metadata.0),
        visibility: Cow::Borrowed(&row.visibility),
        properties: properties(row),
        is_tax_applicable: is_taxed.then_some(true),
    }
}

/// A benefit as the portal shows it with a grant.
pub(super) fn subscriber_benefit<'a>(
    row: &'a Benefit,
    organization: &'a Organization,
) -> CustomerBenefitGrantBenefit<'a> {
    CustomerBenefitGrantBenefit {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        r#type: Cow::Borrowed(&row.kind),
        description: Cow::Borrowed(&row.description),
        is_deleted: row.deleted_at.is_some(),
        organization_id: row.organization_id,
        organization: subscriber_organization(organization),
        properties: subscriber_properties(row),
    }
}

fn properties(row: &Benefit) -> BenefitProperties<'_> {
    use BenefitProperties as Is;
    let kept = Kept(Some(&row.properties));
    match row.kind.as_str() {
        "license_keys" => Is::BenefitLicenseKeysProperties(BenefitLicenseKeysProperties {
            prefix: kept.some_text("prefix"),
            expires: expires(kept),
            activations: activations(kept),
            limit_usage: kept.some_integer("limit_usage"),
        }),
        "downloadables" => Is::BenefitDownloadablesProperties(BenefitDownloadablesProperties {
            archived: kept
                .json("archived")
                .unwrap_or_else(|| Cow::Owned(json!({}))),
            files: kept.ids("files"),
        }),
        "discord" => Is::BenefitDiscordProperties(BenefitDiscordProperties {
            // Which guild a token is for, only Discord knows.
            guild_id: kept.text("guild_token"),
            role_id: kept.text("role_id"),
            kick_member: kept.flag("kick_member"),
            guild_token: kept.text("guild_token"),
        }),
        "github_repository" => {
            Is::BenefitGitHubRepositoryProperties(BenefitGitHubRepositoryProperties {
                repository_owner: kept.text("repository_owner"),
                repository_name: kept.text("repository_name"),
                permission: kept.text("permission"),
            })
        }
        "meter_credit" => Is::BenefitMeterCreditProperties(BenefitMeterCreditProperties {
            units: kept.integer("units"),
            rollover: kept.flag("rollover"),
            meter_id: kept.id("meter_id"),
        }),
        "feature_flag" => Is::BenefitFeatureFlagProperties(BenefitFeatureFlagProperties {}),
        "slack_shared_channel" => {
            Is::BenefitSlackSharedChannelProperties(BenefitSlackSharedChannelProperties {
                slack_integration_id: kept.id("slack_integration_id"),
                channel_name_template: kept.text("channel_name_template"),
                private: kept.some_flag("private").unwrap_or(true),
                welcome_message: kept.some_text("welcome_message"),
                archive_on_revoke: kept.some_flag("archive_on_revoke").unwrap_or(true),
                team_invitees: kept.texts("team_invitees"),
            })
        }
        _ => Is::BenefitCustomProperties(BenefitCustomProperties {
            note: kept.some_text("note"),
        }),
    }
}

fn subscriber_properties(row: &Benefit) -> CustomerBenefitGrantBenefitProperties<'_> {
    use CustomerBenefitGrantBenefitProperties as Is;
    match properties(row) {
        BenefitProperties::BenefitLicenseKeysProperties(all) => {
            Is::BenefitLicenseKeysSubscriberProperties(BenefitLicenseKeysSubscriberProperties {
                prefix: all.prefix,
                expires: all.expires,
                activations: all.activations,
                limit_usage: all.limit_usage,
            })
        }
        BenefitProperties::BenefitDownloadablesProperties(all) => {
            Is::BenefitDownloadablesSubscriberProperties(BenefitDownloadablesSubscriberProperties {
                active_files: all.files,
            })
        }
        BenefitProperties::BenefitDiscordProperties(all) => {
            Is::BenefitDiscordSubscriberProperties(BenefitDiscordSubscriberProperties {
                guild_id: all.guild_id,
            })
        }
        BenefitProperties::BenefitGitHubRepositoryProperties(all) => {
            Is::BenefitGitHubRepositorySubscriberProperties(
                BenefitGitHubRepositorySubscriberProperties {
                    repository_owner: all.repository_owner,
                    repository_name: all.repository_name,
                },
            )
        }
        BenefitProperties::BenefitMeterCreditProperties(all) => {
            Is::BenefitMeterCreditSubscriberProperties(BenefitMeterCreditSubscriberProperties {
                units: all.units,
                rollover: all.rollover,
                meter_id: all.meter_id,
            })
        }
        BenefitProperties::BenefitFeatureFlagProperties(_) => {
            Is::BenefitFeatureFlagSubscriberProperties(BenefitFeatureFlagSubscriberProperties {})
        }
        BenefitProperties::BenefitSlackSharedChannelProperties(_) => {
            Is::BenefitSlackSharedChannelSubscriberProperties(
                BenefitSlackSharedChannelSubscriberProperties {},
            )
        }
        BenefitProperties::BenefitCustomProperties(all) => {
            Is::BenefitCustomSubscriberProperties(BenefitCustomSubscriberProperties {
                note: all.note,
            })
        }
    }
}

fn expires(kept: Kept<'_>) -> Option<BenefitLicenseKeyExpirationProperties<'_>> {
    let kept = kept.some_object("expires")?;
    Some(BenefitLicenseKeyExpirationProperties {
        ttl: kept.integer("ttl"),
        timeframe: kept.text("timeframe"),
    })
}

fn activations(kept: Kept<'_>) -> Option<BenefitLicenseKeyActivationProperties> {
    let kept = kept.some_object("activations")?;
    Some(BenefitLicenseKeyActivationProperties {
        limit: kept.integer("limit"),
        enable_customer_admin: kept.flag("enable_customer_admin"),
    })
}
