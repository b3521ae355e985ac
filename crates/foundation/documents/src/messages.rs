//! How the errors of this crate reach a person: a message key and its arguments, with the texts
//! in Japanese and English as Fluent resources that the web crate adds to its catalogue.

/// An error that the message catalogue knows how to tell a person.
pub trait Explain {
    /// Key of the message in [`MESSAGES_JA`] and [`MESSAGES_EN`].
    fn message_key(&self) -> &'static str;

    /// Arguments of the message, ready to be shown.
    fn message_arguments(&self) -> Vec<(&'static str, String)>;
}

/// The Japanese messages, a Fluent resource.
pub const MESSAGES_JA: &str = include_str!("../locales/ja.ftl");

/// The English messages, a Fluent resource.
pub const MESSAGES_EN: &str = include_str!("../locales/en.ftl");

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    pub(crate) fn keys(resource: &str) -> BTreeSet<&str> {
        resource
            .lines()
            .filter(|line| !line.starts_with([' ', '#']))
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key))
            .collect()
    }

    fn arguments(resource: &str, key: &str) -> BTreeSet<String> {
        let start = resource.find(&format!("{key} =")).unwrap();
        let text = &resource[start..];
        let end = text.find("\n\n").unwrap_or(text.len());
        let text = text[..end].lines().next().unwrap();
        text.split("{ $")
            .skip(1)
            .map(|rest| rest.split(" }").next().unwrap().to_owned())
            .collect()
    }

    /// Every error text asks for exactly the arguments that the error gives, in both languages.
    pub(crate) fn assert_explained(error: &dyn Explain) {
        let key = error.message_key();
        for resource in [MESSAGES_JA, MESSAGES_EN] {
            assert!(keys(resource).contains(key), "{key} has no message");
            let given: BTreeSet<String> = error
                .message_arguments()
                .into_iter()
                .map(|(name, _)| name.to_owned())
                .collect();
            let wanted = arguments(resource, key);
            assert!(
                wanted.is_subset(&given),
                "{key} asks for {wanted:?}, is given {given:?}"
            );
        }
    }

    #[test]
    fn both_languages_have_the_same_messages() {
        assert_eq!(keys(MESSAGES_JA), keys(MESSAGES_EN));
        assert!(keys(MESSAGES_JA).len() > 10);
    }
}
