//! What a filled-in sheet is, and the rules for filling it in. Pure: no database, no clock.

mod answer;
mod drafts;
mod header;
pub(crate) mod iso;
mod judge;
mod rules;
mod self_check;

pub use answer::{Answer, AnswerInput, ChangeSource, Round, YesNo};
pub use drafts::{DraftOrigin, DraftProposal, proposals};
pub use header::{HeaderInput, HeaderValues, SheetSubject};
pub use judge::{
    Applicability, Outcomes, applicability, judge_sheet, keep_measured, next_target, round1_is_done,
};
pub use rules::{
    AnswerProblem, DateOf, HeaderProblem, LONGEST_REMARK, Terms, check_answer, check_header,
};
pub use self_check::{SelfCheckInput, SelfCheckProblem, audience_for, check_self_check};
