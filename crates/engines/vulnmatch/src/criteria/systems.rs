//! Operating systems: what the other products of an asset say of the system that a program runs on.
//!
//! Criteria name it in `target_sw`, and hardly an inventory writes it there: the asset lists its
//! operating system beside the program. Words of `target_sw` that are no operating system
//! (`wordpress`, `node.js`, `jenkins`) or only an edition of one (`windows_server_2008`,
//! `redhat_enterprise_linux`) are none of this module's; nor is `ios`, which is one of Cisco's and one
//! of Apple's.

use crate::applicability::{Alternatives, Companion, companion};
use crate::cpe::{Attribute, Name, Value};

/// Some operating systems, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Systems(u8);

const WINDOWS: u8 = 1;
const LINUX: u8 = 1 << 1;
const MACOS: u8 = 1 << 2;
const IPHONE: u8 = 1 << 3;
const ANDROID: u8 = 1 << 4;
const SOLARIS: u8 = 1 << 5;
const HP_UX: u8 = 1 << 6;

/// Each system as a criterion, as findings name it.
const NAMES: [(u8, &str); 7] = [
    (WINDOWS, "cpe:2.3:o:microsoft:windows:*:*:*:*:*:*:*:*"),
    (LINUX, "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*"),
    (MACOS, "cpe:2.3:o:apple:macos:*:*:*:*:*:*:*:*"),
    (IPHONE, "cpe:2.3:o:apple:iphone_os:*:*:*:*:*:*:*:*"),
    (ANDROID, "cpe:2.3:o:google:android:*:*:*:*:*:*:*:*"),
    (SOLARIS, "cpe:2.3:o:oracle:solaris:*:*:*:*:*:*:*:*"),
    (HP_UX, "cpe:2.3:o:hp:hp-ux:*:*:*:*:*:*:*:*"),
];

/// How the `target_sw` of a criterion fits a program among the products of its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    /// The names alone decide.
    ByName,
    /// On one of the systems that the criterion names.
    There,
    /// The asset has another system, and none that the criterion names.
    Elsewhere,
    /// The asset names no system; on one of these the criterion would fit.
    If(Systems),
}

impl Systems {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The systems among the products of an asset. An operating system that is none of these — the
    /// firmware of an appliance, of a card in a computer — says nothing.
    pub(crate) fn of(asset: &[&Name]) -> Self {
        asset
            .iter()
            .filter(|name| name.literal(Attribute::Part) == Some("o"))
            .filter_map(|name| {
                let vendor = name.literal(Attribute::Vendor)?;
                Self::of_product(vendor, name.literal(Attribute::Product)?)
            })
            .fold(Self::NONE, Self::and)
    }

    fn of_product(vendor: &str, product: &str) -> Option<Self> {
        let by_family = super::family(vendor, product);
        Some(Self(match (vendor, product) {
            ("microsoft", product) if product.starts_with("windows") => WINDOWS,
            ("linux", "linux_kernel") => LINUX,
            ("apple", "mac_os" | "mac_os_x" | "macos" | "mac_os_x_server") => MACOS,
            ("apple", "iphone_os" | "ipados") => IPHONE,
            ("google", "android") => ANDROID,
            ("sun" | "oracle", "solaris" | "sunos" | "opensolaris") => SOLARIS,
            ("hp", "hp-ux") => HP_UX,
            _ if by_family == Some(("linux", "linux_kernel")) => LINUX,
            _ => return None,
        }))
    }

    /// The systems that a word of `target_sw` names.
    fn of_word(word: &str) -> Option<Self> {
        Some(Self(match word {
            "windows" => WINDOWS,
            "linux" | "linux_kernel" => LINUX,
            "macos" | "mac_os_x" | "mac_os" | "mac" | "os_x" => MACOS,
            "iphone_os" | "ipados" => IPHONE,
            "android" => ANDROID,
            "solaris" | "sunos" => SOLARIS,
            "hp-ux" => HP_UX,
            "unix" => LINUX | MACOS | SOLARIS | HP_UX,
            _ => return None,
        }))
    }

    /// Whether a criterion's `target_sw` fits a program on an asset that has these systems.
    pub(crate) fn run(self, criterion: &Name, program: &Name) -> Runs {
        let open = *program.get(Attribute::TargetSw) == Value::Any
            && program.literal(Attribute::Part) == Some("a");
        if !open {
            return Runs::ByName;
        }
        match criterion
            .literal(Attribute::TargetSw)
            .and_then(Self::of_word)
        {
            None => Runs::ByName,
            Some(wanted) if self.is_none() => Runs::If(wanted),
            Some(wanted) if wanted.0 & self.0 != 0 => Runs::There,
            Some(_) => Runs::Elsewhere,
        }
    }

    /// These systems as something of which an asset would have to have one.
    pub(crate) fn companion(self, asset: &[&Name]) -> Companion {
        let texts = NAMES.iter().filter(|(bit, _)| self.0 & bit != 0);
        let alternatives = Alternatives::of(texts.clone().map(|(_, text)| *text));
        companion(texts.count(), Some(b'o'), alternatives, asset)
    }
}
