//! The way of one request: what was decided by whom as what, and where it stands.

use serde::{Deserialize, Serialize};
use yagura_kernel::id::PersonId;
use yagura_kernel::time::{Date, Instant};
use yagura_packs::Seat;

use super::people::Desk;

/// As what somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "as")]
pub enum Capacity {
    /// They hold the seat.
    Holder,
    /// They stand in at the seat (代理).
    Deputy,
    /// The holder handed it over to them for a time (委任).
    Delegate {
        /// The holder.
        of: PersonId,
    },
    /// Nobody else may decide at the seat, so it fell to them.
    Fallback {
        /// The seat that they hold.
        seat: Seat,
    },
    /// It was overdue, so the next in the chain may decide.
    Escalated {
        /// The seat that they hold.
        seat: Seat,
    },
    /// It is the requester's own, and nobody else in the institution may decide: it is recorded or
    /// carried out, never granted.
    Alone,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was granted.
    Granted,
    /// It was rejected.
    Rejected,
    /// It was carried out.
    Done,
    /// Nobody decided: there is no second person in the institution, and that is all that is said.
    Recorded,
}

impl Verdict {
    /// The word used in storage and in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Rejected => "rejected",
            Self::Done => "done",
            Self::Recorded => "recorded",
        }
    }
}

/// A decision at a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub by: PersonId,
    /// As what.
    pub capacity: Capacity,
    /// What.
    pub verdict: Verdict,
    /// When.
    pub at: Instant,
    /// The reason, or a remark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The decision that counts here too, as step and seat, because it is the same person: the route
    /// was shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub together_with: Option<(String, Seat)>,
}

/// A seat of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatState {
    /// The seat.
    pub seat: Seat,
    /// The department whose head it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Who may decide besides, because it is overdue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalated: Vec<Seat>,
}

impl SeatState {
    /// The desk at which the request waits.
    #[must_use]
    pub fn desk(&self) -> Desk {
        Desk::of(self.seat, self.department.as_deref())
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum StepProgress {
    /// It has not begun.
    Later,
    /// Its conditions do not hold.
    Skipped,
    /// It waits.
    Open {
        /// Since when.
        since: Instant,
        /// By when it should be decided.
        due: Date,
    },
    /// It is over.
    Over {
        /// Since when.
        at: Instant,
    },
}

/// A step on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// Its id in the form.
    pub step: String,
    /// Where it stands.
    #[serde(flatten)]
    pub progress: StepProgress,
    /// Its seats.
    pub seats: Vec<SeatState>,
}

impl StepState {
    /// Whether it waits.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.progress, StepProgress::Open { .. })
    }

    /// Whether nothing is to be done in it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(
            self.progress,
            StepProgress::Over { .. } | StepProgress::Skipped
        )
    }
}

/// A question with which a request was returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The step that asks.
    pub step: String,
    /// The seat that asks.
    pub seat: Seat,
    /// Who asks.
    pub by: PersonId,
    /// When.
    pub at: Instant,
    /// What.
    pub text: String,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It waits for a decision.
    Waiting,
    /// It waits for the requester's answer.
    Returned,
    /// It was granted and is being carried out.
    CarryingOut,
    /// It was granted, and there is nothing left to do.
    Granted,
    /// It was rejected.
    Rejected,
    /// The requester withdrew it.
    Withdrawn,
    /// No second person in the institution decided: it stands on record only.
    Recorded,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Returned,
        Self::CarryingOut,
        Self::Granted,
        Self::Rejected,
        Self::Withdrawn,
        Self::Recorded,
    ];

    /// The word used in storage and in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Returned => "returned",
            Self::CarryingOut => "carrying-out",
            Self::Granted => "granted",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Recorded => "recorded",
        }
    }

    /// The standing of a word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.code() == code)
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Granted | Self::Rejected | Self::Withdrawn | Self::Recorded
        )
    }
}

/// The way of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Who filed it.
    pub filer: PersonId,
    /// Where it stands.
    pub standing: Standing,
    /// Its steps, in the order of the form.
    pub steps: Vec<StepState>,
    /// The question that waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

impl Course {
    /// The step with an id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&StepState> {
        self.steps.iter().find(|step| step.step == id)
    }

    /// Whether nobody decided: something was recorded for want of a second person, and nothing was
    /// granted by anybody.
    #[must_use]
    pub fn is_only_recorded(&self) -> bool {
        let has = |verdict| self.decisions().any(|made| made.verdict == verdict);
        has(Verdict::Recorded) && !has(Verdict::Granted)
    }

    /// Whether some seat was only recorded, for want of a second person.
    #[must_use]
    pub fn is_partly_recorded(&self) -> bool {
        self.decisions()
            .any(|made| made.verdict == Verdict::Recorded)
    }

    /// Every decision, in the order of the steps.
    pub fn decisions(&self) -> impl Iterator<Item = &Decision> {
        let seats = self.steps.iter().flat_map(|step| &step.seats);
        seats.filter_map(|seat| seat.decision.as_ref())
    }

    /// What waits: step, seat and by when.
    pub fn open_seats(&self) -> impl Iterator<Item = (&StepState, &SeatState, Date)> {
        let waits = matches!(self.standing, Standing::Waiting | Standing::CarryingOut);
        self.steps
            .iter()
            .filter(move |_| waits)
            .filter_map(|step| match step.progress {
                StepProgress::Open { due, .. } => Some((step, due)),
                _ => None,
            })
            .flat_map(|(step, due)| {
                step.seats
                    .iter()
                    .filter(|seat| seat.decision.is_none())
                    .map(move |seat| (step, seat, due))
            })
    }

    /// By when the next is to be done.
    #[must_use]
    pub fn due(&self) -> Option<Date> {
        self.open_seats().map(|(_, _, due)| due).min()
    }
}
