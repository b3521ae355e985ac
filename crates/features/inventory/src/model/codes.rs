//! The fixed choices of the register, each with its code in storage, API and message keys.

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

            // The derived schema would not see codes that come through a macro, and name variants.
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

            impl utoipa::ToSchema for $name {}

            impl crate::model::Code for $name {
                fn code(self) -> &'static str {
                    self.code()
                }

                fn all() -> &'static [Self] {
                    Self::ALL
                }
            }
        )+
    };
}

fn codes_of<C: crate::model::Code + 'static>() -> Vec<&'static str> {
    C::all().iter().map(|choice| choice.code()).collect()
}

/// The sets of choices among which fields choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choices {
    /// [`SystemKind`].
    SystemKind,
    /// [`DeviceClass`].
    DeviceClass,
    /// [`AssetState`].
    AssetState,
    /// [`PatchState`].
    PatchState,
    /// [`Level`].
    Level,
    /// [`Known`].
    Known,
    /// [`TwoFactor`].
    TwoFactor,
    /// [`Purpose`].
    Purpose,
    /// [`Availability`].
    Availability,
    /// [`Mechanism`].
    Mechanism,
}

impl Choices {
    /// The codes, in the order in which they are offered; the first is the usual one.
    #[must_use]
    pub fn codes(self) -> Vec<&'static str> {
        match self {
            Self::SystemKind => codes_of::<SystemKind>(),
            Self::DeviceClass => codes_of::<DeviceClass>(),
            Self::AssetState => codes_of::<AssetState>(),
            Self::PatchState => codes_of::<PatchState>(),
            Self::Level => codes_of::<Level>(),
            Self::Known => codes_of::<Known>(),
            Self::TwoFactor => codes_of::<TwoFactor>(),
            Self::Purpose => codes_of::<Purpose>(),
            Self::Availability => codes_of::<Availability>(),
            Self::Mechanism => codes_of::<Mechanism>(),
        }
    }
}

codes! {
    /// What a row of the stock-take (棚卸し票) is about.
    SystemKind {
        /// 医療情報システム.
        #[default]
        InformationSystem = "information_system",
        /// 医療機器, also one that was bought to stand alone.
        MedicalDevice = "medical_device",
    }

    /// What kind of device, as the checklist tells them apart.
    DeviceClass {
        /// 端末PC.
        #[default]
        Terminal = "terminal",
        /// サーバ.
        Server = "server",
        /// ネットワーク機器: router, VPN appliance, firewall, switch, access point.
        NetworkDevice = "network_device",
        /// 医療機器.
        MedicalDevice = "medical_device",
        /// 複合機, UPS, camera and what else has an address.
        Other = "other",
    }

    /// Where a device is in its life.
    AssetState {
        /// 使用中.
        #[default]
        InUse = "in_use",
        /// 予備.
        Spare = "spare",
        /// 廃棄済み: kept for the record.
        Disposed = "disposed",
    }

    /// Whether the newest correction is installed (field 10 of the stock-take).
    PatchState {
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
        /// The newest is installed.
        Current = "current",
        /// There is a newer one.
        Behind = "behind",
        /// The vendor forbids it or there is none any more.
        NotPossible = "not_possible",
    }

    /// How much is at stake.
    Level {
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
        /// 低.
        Low = "low",
        /// 中.
        Medium = "medium",
        /// 高.
        High = "high",
    }

    /// A question that nobody may have asked yet.
    Known {
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
        /// はい.
        Yes = "yes",
        /// いいえ.
        No = "no",
    }

    /// Whether signing in to a system takes two factors (2-⑩).
    TwoFactor {
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
        /// 実装済み.
        InPlace = "in_place",
        /// 予定あり: there is a day on which it will.
        Planned = "planned",
        /// 予定なし, for a reason.
        NotPlanned = "not_planned",
        /// 該当しない: nobody signs in to it.
        NotApplicable = "not_applicable",
    }

    /// What an external connection is for (field 4).
    Purpose {
        /// リモートメンテナンス.
        #[default]
        RemoteMaintenance = "remote_maintenance",
        /// その他.
        Other = "other",
    }

    /// When it stands (field 5).
    Availability {
        /// 常時接続.
        #[default]
        Always = "always",
        /// 必要時接続.
        OnDemand = "on_demand",
    }

    /// How it works (field 7).
    Mechanism {
        /// Nobody has said.
        #[default]
        Unknown = "unknown",
        /// 専用線.
        LeasedLine = "leased_line",
        /// IP-VPN, 広域イーサネット: a closed network of a carrier.
        IpVpn = "ip_vpn",
        /// IPsec, also with IKE, between two devices.
        Ipsec = "ipsec",
        /// SSL-VPN: a VPN by TLS.
        SslVpn = "ssl_vpn",
        /// TLS without a VPN: remote support by way of a service, cloud.
        Tls = "tls",
        /// 閉域の携帯電話網.
        ClosedMobile = "closed_mobile",
        /// 電話回線, ISDN.
        Telephone = "telephone",
        /// Over the Internet without encryption.
        Plain = "plain",
    }

    /// What a vendor says of its external connections to a customer, once a fiscal year (2-②).
    Word {
        /// The connection is as the register says.
        #[default]
        Right = "right",
        /// The connection is another, or is no more.
        Wrong = "wrong",
        /// The vendor has no connection to this customer.
        None = "none",
        /// There is one that the register does not name.
        Another = "another",
    }
}

impl Word {
    /// Whether it is about one connection of the register.
    #[must_use]
    pub const fn is_of_connection(self) -> bool {
        matches!(self, Self::Right | Self::Wrong)
    }

    /// Whether it contradicts the register.
    #[must_use]
    pub const fn contradicts(self) -> bool {
        matches!(self, Self::Wrong | Self::Another)
    }
}

impl Mechanism {
    /// Whether it can be reached from the Internet, so that a hole in its end device is a door.
    #[must_use]
    pub const fn faces_internet(self) -> bool {
        match self {
            Self::Ipsec | Self::SslVpn | Self::Tls | Self::Plain | Self::Unknown => true,
            Self::LeasedLine | Self::IpVpn | Self::ClosedMobile | Self::Telephone => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_are_those_of_json() {
        fn check<C>(all: &[C], code: fn(C) -> &'static str, from: fn(&str) -> Option<C>)
        where
            C: Copy + PartialEq + std::fmt::Debug + Serialize,
        {
            for choice in all {
                assert_eq!(from(code(*choice)), Some(*choice));
                assert_eq!(serde_json::to_value(choice).unwrap(), code(*choice));
            }
            assert_eq!(from("nothing of the kind"), None);
        }
        check(SystemKind::ALL, SystemKind::code, SystemKind::from_code);
        check(DeviceClass::ALL, DeviceClass::code, DeviceClass::from_code);
        check(AssetState::ALL, AssetState::code, AssetState::from_code);
        check(PatchState::ALL, PatchState::code, PatchState::from_code);
        check(Level::ALL, Level::code, Level::from_code);
        check(Known::ALL, Known::code, Known::from_code);
        check(TwoFactor::ALL, TwoFactor::code, TwoFactor::from_code);
        check(Purpose::ALL, Purpose::code, Purpose::from_code);
        check(
            Availability::ALL,
            Availability::code,
            Availability::from_code,
        );
        check(Mechanism::ALL, Mechanism::code, Mechanism::from_code);
        check(Word::ALL, Word::code, Word::from_code);
    }

    #[test]
    fn the_description_of_the_api_names_the_codes() {
        let described =
            serde_json::to_value(<PatchState as utoipa::PartialSchema>::schema()).unwrap();
        let codes: Vec<&str> = PatchState::ALL.iter().map(|choice| choice.code()).collect();
        assert_eq!(described["enum"], serde_json::json!(codes));
        assert_eq!(described["type"], "string");
    }

    #[test]
    fn the_first_choice_is_the_one_that_is_taken_where_none_was_made() {
        assert_eq!(SystemKind::ALL[0], SystemKind::default());
        assert_eq!(DeviceClass::ALL[0], DeviceClass::default());
        assert_eq!(AssetState::ALL[0], AssetState::default());
        assert_eq!(PatchState::ALL[0], PatchState::default());
        assert_eq!(Level::ALL[0], Level::default());
        assert_eq!(Known::ALL[0], Known::default());
        assert_eq!(TwoFactor::ALL[0], TwoFactor::default());
        assert_eq!(Purpose::ALL[0], Purpose::default());
        assert_eq!(Availability::ALL[0], Availability::default());
        assert_eq!(Mechanism::ALL[0], Mechanism::default());
        assert_eq!(Word::ALL[0], Word::default());
    }

    #[test]
    fn what_is_not_known_is_taken_for_reachable() {
        assert!(Mechanism::Unknown.faces_internet());
        assert!(!Mechanism::LeasedLine.faces_internet());
    }
}
