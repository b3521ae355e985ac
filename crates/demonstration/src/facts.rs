//! What is true of each member, on which its answers, its charts and its evidence then agree, or
//! do not: a few say はい to what is not so, and that is what the program is to find.

use yagura_kernel::organization::OrganizationKind;
use yagura_kernel::probe::Outcome;

use crate::random::Random;

/// How far an institution is with this year's sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    NotOpened,
    /// So many of a hundred rows are answered.
    Partly(i64),
    Complete,
}

/// How a contact chart stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChartState {
    /// Complete and confirmed this fiscal year.
    Confirmed,
    /// Complete, confirmed last fiscal year.
    Outdated,
    /// It lacks the number of the ministry.
    Lacking,
    /// There is none.
    Missing,
}

/// How its systems stand towards two-factor sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TwoFactorState {
    /// Nobody has said it.
    Unsaid,
    /// Every system takes two factors, or nobody signs in to it.
    Everywhere,
    /// One system has no plan.
    OneWithoutPlan,
    /// In place, planned and not said, side by side.
    Mixed,
}

/// What is true of a member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Whether it is one of the two for which visitors act.
    pub(crate) shown: bool,
    /// Whether anybody of it can sign in.
    pub(crate) has_accounts: bool,
    /// Whether a 医療情報システム安全管理責任者 is appointed.
    pub(crate) has_safety_manager: bool,
    pub(crate) chart: ChartState,
    /// Whether it says はい to what is not so.
    pub(crate) careless: bool,
    pub(crate) progress: Progress,
    /// How many pieces of evidence it keeps.
    pub(crate) pieces: i64,
    /// Whether its gateway to the outside has a published hole that is exploited.
    pub(crate) has_old_gateway: bool,
    /// Whether one of its external connections takes calls from anywhere.
    pub(crate) has_open_line: bool,
    /// Whether its vendors have confirmed their external connections this year.
    pub(crate) vendors_confirmed: bool,
    pub(crate) two_factor: TwoFactorState,
}

impl Facts {
    pub(crate) fn of(
        kind: OrganizationKind,
        number: usize,
        shown: bool,
        has_vendor: bool,
        random: &mut Random,
    ) -> Self {
        let hospital = kind == OrganizationKind::Hospital;
        let progress = match random.below(100) {
            _ if shown => Progress::Complete,
            0..=8 => Progress::NotOpened,
            9..=24 => Progress::Partly(20 + random.below(70)),
            _ => Progress::Complete,
        };
        let unopened = progress == Progress::NotOpened;
        let has_accounts = hospital || !unopened || random.chance(40);
        let chart = match random.below(100) {
            _ if unopened => ChartState::Missing,
            0..=77 => ChartState::Confirmed,
            78..=87 => ChartState::Outdated,
            88..=91 => ChartState::Lacking,
            _ => ChartState::Missing,
        };
        let pieces = match random.below(100) {
            // What those for which visitors act keep is told in their stories.
            _ if unopened || shown => 0,
            0..=91 if hospital => 4 + random.below(5),
            0..=46 => 1 + random.below(4),
            _ => 0,
        };
        Self {
            shown,
            has_accounts,
            has_safety_manager: shown || number % 11 != 10,
            chart: match (shown, hospital) {
                (true, true) => ChartState::Outdated,
                (true, false) => ChartState::Confirmed,
                _ => chart,
            },
            careless: random.chance(24),
            progress,
            pieces,
            has_old_gateway: false,
            has_open_line: false,
            vendors_confirmed: false,
            two_factor: TwoFactorState::Unsaid,
        }
        .with_lines(has_vendor, number)
    }

    /// What is true of its external connections. Drawn apart, so that all else stays as it was.
    fn with_lines(mut self, has_vendor: bool, number: usize) -> Self {
        let random = &mut Random::of_stage(1_000 + u64::try_from(number).unwrap_or_default());
        let (old, open, confirmed) = (random.chance(6), random.chance(5), random.chance(40));
        // The hospital for which visitors act has an old gateway that answers anybody; the clinic's
        // vendors have answered.
        let is_hospital_shown = self.shown && self.chart == ChartState::Outdated;
        self.has_old_gateway = is_hospital_shown || (has_vendor && !self.shown && old);
        self.has_open_line = is_hospital_shown || (has_vendor && !self.shown && open);
        self.vendors_confirmed =
            has_vendor && !is_hospital_shown && (self.shown || (self.has_accounts && confirmed));
        self.two_factor = match random.below(100) {
            _ if is_hospital_shown => TwoFactorState::Mixed,
            _ if self.shown => TwoFactorState::Everywhere,
            _ if !self.has_accounts => TwoFactorState::Unsaid,
            0..=11 => TwoFactorState::Everywhere,
            12..=17 => TwoFactorState::OneWithoutPlan,
            _ => TwoFactorState::Unsaid,
        };
        self
    }

    /// What a deciding probe will find; `None` for probes that decide nothing here.
    pub(crate) fn outcome(&self, probe: &str) -> Option<Outcome> {
        let satisfied = match probe {
            "safety-manager-appointed" => self.has_safety_manager,
            yagura_contacts::CONTACT_CHART_CONFIRMED => self.chart == ChartState::Confirmed,
            // That nothing is wrong is measured by none of these here: no scan was made, the
            // sample feeds are old, and nobody attached proof.
            yagura_vulnerabilities::IN_TIME if self.has_old_gateway => false,
            yagura_inventory::SOURCE_RESTRICTED if self.has_open_line => false,
            yagura_inventory::REMOTE_MAINTENANCE_CONFIRMED if self.vendors_confirmed => true,
            yagura_inventory::SYSTEM_TWO_FACTOR => match self.two_factor {
                TwoFactorState::Everywhere => true,
                TwoFactorState::OneWithoutPlan => false,
                TwoFactorState::Unsaid | TwoFactorState::Mixed => return None,
            },
            _ => return None,
        };
        Some(if satisfied {
            Outcome::Satisfied
        } else {
            Outcome::Violated
        })
    }
}
