//! What the audit log may hold is worded. That message files and source fit together is held for the
//! whole workspace by the foundation's test (`yagura-web`, `tests/it/messages.rs`).

use yagura_kernel::audit::AuditActor;
use yagura_kernel::policy::Action;
use yagura_web::Lang;

use crate::support::worlds;

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
