//! The fixed choices of the ledgers, each with its code in storage, API and message keys.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $code:literal,)+ })+) => {
        $(
            $(#[doc = $doc])+
            #[derive(
                Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default,
                Serialize, Deserialize,
            )]
            pub enum $name {
                $($(#[$variant_doc])+ #[serde(rename = $code)] $variant,)+
            }

            impl $name {
                /// Every choice, in the order in which it is offered.
                pub const ALL: &'static [Self] = &[$(Self::$variant),+];

                /// The code used in storage, in the API and as the tail of message keys.
                #[must_use]
                pub const fn code(self) -> &'static str {
                    match self { $(Self::$variant => $code),+ }
                }

                /// The choice with this code, if there is one.
                #[must_use]
                pub fn from_code(code: &str) -> Option<Self> {
                    Self::ALL.iter().copied().find(|choice| choice.code() == code)
                }
            }

            // The derived schema would not see codes that come through a macro.
            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                    use utoipa::openapi::schema::{ObjectBuilder, Type};
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .description(Some(concat!($($doc),+).trim()))
                        .enum_values(Some(Self::ALL.iter().map(|choice| choice.code())))
                        .build()
                        .into()
                }
            }

            // Other parts of the API have a `Standing` and a `Known` too.
            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    match stringify!($name) {
                        "Ledger" => "Ledger",
                        _ => concat!("Ledger", stringify!($name)),
                    }
                    .into()
                }
            }
        )+
    };
}

codes! {
    /// Why somebody is asked at recertification. The last four: nobody in particular is, so whoever
    /// answers for the systems' safety, or somebody else was asked in their place.
    AskedAs {
        /// The superior who is named on the permission.
        #[default]
        Superior = "superior",
        /// Who answers for the department.
        Head = "head",
        /// Neither a superior nor a department is named.
        NoDepartment = "no_department",
        /// Nobody answers for the department.
        NoHead = "no_head",
        /// Who would be asked has left, has no role that lets them answer, or has the permission.
        CannotAnswer = "cannot_answer",
        /// Whoever keeps the ledgers asked somebody else.
        Reassigned = "reassigned",
    }
    /// The ledgers (管理簿).
    Ledger {
        /// 利用権限付与者リスト.
        #[default]
        Permissions = "permissions",
        /// 診療情報払い出し管理簿.
        Exports = "exports",
        /// デモ等の借用機器.
        Loans = "loans",
        /// 外部記録媒体.
        Media = "media",
        /// ルールの例外.
        Exceptions = "exceptions",
    }

    /// How an entry stands, as it is stored. Whether it is overdue follows from its last day.
    State {
        /// In force, not returned, in use.
        #[default]
        Open = "open",
        /// A permission that is to be taken away, and is not yet.
        ToEnd = "to_end",
        /// Taken away, returned, erased, disposed of, ended.
        Ended = "ended",
        /// Written by mistake.
        Struck = "struck",
    }

    /// How an entry ended.
    Ending {
        /// The permission was taken away on the system.
        #[default]
        TakenAway = "taken_away",
        /// What was handed out or lent came back.
        Returned = "returned",
        /// What was handed out was erased.
        Erased = "erased",
        /// The medium was lost.
        Lost = "lost",
        /// The medium was disposed of.
        Disposed = "disposed",
        /// The exception is over.
        Over = "over",
        /// It was written by mistake.
        Mistake = "mistake",
    }

    /// What is known of something.
    Known {
        /// Nobody has said it.
        #[default]
        Unknown = "unknown",
        /// はい.
        Yes = "yes",
        /// いいえ.
        No = "no",
    }

    /// By which means information leaves the institution.
    Method {
        /// USBメモリー等.
        #[default]
        Usb = "usb",
        /// CD、DVD.
        Disc = "disc",
        /// By a network: mail, file exchange.
        Network = "network",
        /// On paper or film.
        Paper = "paper",
        /// With a device: a notebook, a tablet.
        Device = "device",
        /// Otherwise.
        Other = "other",
    }

    /// Whose medium carries an export.
    Carrier {
        /// No medium.
        #[default]
        None = "none",
        /// The institution's.
        Institution = "institution",
        /// Somebody's own.
        Personal = "personal",
        /// The recipient's.
        Recipient = "recipient",
    }

    /// Whose a medium is.
    Owner {
        /// The institution's.
        #[default]
        Institution = "institution",
        /// Somebody's own.
        Personal = "personal",
    }

    /// What a superior says of a permission.
    Verdict {
        /// 引き続き必要.
        #[default]
        Needed = "needed",
        /// 取り消す.
        TakeAway = "take_away",
        /// 変更が必要.
        Change = "change",
    }

    /// How an entry stands on a day.
    Standing {
        /// It runs.
        #[default]
        Running = "running",
        /// It runs, and its last day is near.
        EndsSoon = "ends_soon",
        /// Its last day is over.
        Overdue = "overdue",
        /// A permission that is to be taken away.
        ToEnd = "to_end",
        /// It ended.
        Ended = "ended",
        /// It was written by mistake.
        Struck = "struck",
    }
}

impl Ledger {
    /// How an entry of this ledger may end, the usual first.
    #[must_use]
    pub const fn endings(self) -> &'static [Ending] {
        match self {
            Self::Permissions => &[Ending::TakenAway, Ending::Mistake],
            Self::Exports => &[Ending::Returned, Ending::Erased, Ending::Mistake],
            Self::Loans => &[Ending::Returned, Ending::Mistake],
            Self::Media => &[Ending::Disposed, Ending::Lost, Ending::Mistake],
            Self::Exceptions => &[Ending::Over, Ending::Mistake],
        }
    }
}

impl Ending {
    /// The state to which it leads.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Mistake => State::Struck,
            _ => State::Ended,
        }
    }
}

/// The sets of choices among which fields choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choices {
    /// [`Known`].
    Known,
    /// [`Method`].
    Method,
    /// [`Carrier`].
    Carrier,
    /// [`Owner`].
    Owner,
}

impl Choices {
    /// The codes, in the order in which they are offered; the first is the usual one.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        match self {
            Self::Known => Known::ALL.iter().map(|one| one.code()).collect(),
            Self::Method => Method::ALL.iter().map(|one| one.code()).collect(),
            Self::Carrier => Carrier::ALL.iter().map(|one| one.code()).collect(),
            Self::Owner => Owner::ALL.iter().map(|one| one.code()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_are_those_of_json() {
        for ledger in Ledger::ALL {
            assert_eq!(Ledger::from_code(ledger.code()), Some(*ledger));
            assert_eq!(serde_json::to_value(ledger).unwrap(), ledger.code());
            assert!(ledger.endings().contains(&Ending::Mistake));
        }
        assert_eq!(Ledger::from_code("nothing of the kind"), None);
        assert_eq!(Known::ALL[0], Known::default());
        assert_eq!(Method::ALL[0], Method::default());
        assert_eq!(Carrier::ALL[0], Carrier::default());
        assert_eq!(Owner::ALL[0], Owner::default());
    }
}
