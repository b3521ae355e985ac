//! Whatever comes from outside ends in an answer.

use credentialcheck::{Key, Options, check, open};
use keepass::DatabaseKey;
use proptest::prelude::*;

use crate::files::{add, document, entry, kdbx3, safe, written};
use crate::properties;

fn example() -> Vec<u8> {
    let mut database = safe();
    add(&mut database.root_mut(), "NAS", "admin", "password");
    written(&database, DatabaseKey::new().with_password("fuzz"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        properties::file(&bytes);
        properties::verdict(&bytes);
    }

    #[test]
    fn a_file_altered(changes in prop::collection::vec((0_usize..400, any::<u8>()), 1..4)) {
        for mut file in [example(), kdbx3(&document(&entry(1, "t", "p")), "fuzz", 3)] {
            for (at, value) in &changes {
                let at = at % file.len();
                file[at] = *value;
            }
            properties::file(&file);
        }
    }

    #[test]
    fn any_document_of_a_holder_of_the_key(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<Group>", "</Group>", "<Entry>", "</Entry>", "<UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID>",
                "<UUID>!</UUID>", "<Name>あ</Name>", "<String><Key>Password</Key><Value>x</Value></String>",
                "<String><Key>Password</Key><Value Protected=\"True\">QUJD</Value></String>",
                "<Times><ExpiryTime>99999-99-99T</ExpiryTime><Expires>True</Expires></Times>",
                "<Times><LastModificationTime>//////////8=</LastModificationTime></Times>",
                "<History>", "</History>", "<Tags>a;b</Tags>", "&bad;", "<", "]]>",
            ]),
            0..12,
        ),
    ) {
        properties::file(&kdbx3(&document(&parts.concat()), "fuzz", 1));
    }

    #[test]
    fn any_entries_make_a_verdict_that_can_be_read(
        entries in prop::collection::vec(("\\PC{0,12}", "\\PC{0,12}", "\\PC{0,20}"), 0..12),
    ) {
        let mut database = safe();
        for (title, user, password) in &entries {
            add(&mut database.root_mut(), title, user, password);
        }
        let file = written(&database, DatabaseKey::new().with_password("fuzz"));
        let key = Key::new(Some("fuzz".to_owned()), None);
        let opened = open(&file, &key, &properties::bounds()).unwrap();
        let verdict = check(&opened, &Options::at(time::OffsetDateTime::UNIX_EPOCH));
        let text = serde_json::to_vec(&verdict).unwrap();
        prop_assert_eq!(credentialcheck::Verdict::read(&text), Ok(verdict));
    }
}
