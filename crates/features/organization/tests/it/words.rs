//! Message files and source hold together: every key that is named exists in both languages with
//! the same arguments, and every key is named.

use std::path::Path;

use yagura_kernel::audit::AuditActor;
use yagura_kernel::policy::Action;
use yagura_web::Lang;
use yagura_web::i18n::check::{Finding, check, read_tree};

use crate::support::worlds;

#[test]
fn every_message_exists_in_both_languages_and_is_used() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut messages, sources) = read_tree(own).unwrap();
    for foundation in ["web", "identity"] {
        let (more, _) = read_tree(&own.join("../../foundation").join(foundation)).unwrap();
        messages.extend(more);
    }
    let findings: Vec<String> = check(&messages, &sources)
        .into_iter()
        .filter(|finding| match finding {
            Finding::Unused { key, .. } | Finding::Untranslated { key, .. } => {
                // The kinds of organisations are worded by the foundation.
                key.starts_with("organization-") && !key.starts_with("organization-kind-")
            }
            _ => true,
        })
        .map(|finding| finding.to_string())
        .collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[tokio::test]
async fn the_audit_log_has_words_for_everything_that_may_stand_in_it() {
    let world = worlds().await.remove(0);
    for lang in [Lang::Ja, Lang::En] {
        let t = world.app.app.translator(lang);
        for action in Action::ALL {
            let key = format!("scope-{}", action.code().replace(['.', '_'], "-"));
            assert!(t.find(&key).is_some(), "{key}");
        }
        for event in yagura_identity::Event::ALL {
            assert!(t.find(&event.message_key()).is_some(), "{event:?}");
        }
        for actor in [
            AuditActor::System,
            AuditActor::Stranger,
            AuditActor::InspectionLink { link: None },
        ] {
            let key = format!(
                "organization-audit-actor-{}",
                actor.code().replace('_', "-")
            );
            assert!(t.find(&key).is_some(), "{key}");
        }
    }
}
