//! What a pack is. Pure data; the rules about it are in `verify`, `library` and `diff`.

mod checklist;
mod contacts;
mod dates;
mod form;
mod guidance;
mod pack;
mod self_check;
mod text;

pub use checklist::{
    Block, Checklist, DeviceClass, Gate, Item, ItemRef, NotApplicable, Section, Sheet, SheetRules,
    Subject, TargetDateProblem,
};
pub use contacts::{Contact, ContactList, Phone};
pub use dates::PartialDate;
pub(crate) use dates::{iso, iso_option};
pub use form::{
    Condition, FieldChoice, FieldKind, FormFault, FormFaultKind, FormField, FormOutcome, FormPlace,
    LONGEST_ANSWER, LONGEST_DUE_DAYS, LedgerCode, MOST_FIELDS, MOST_SEATS, MOST_STEPS,
    OutcomeField, RequestForm, RouteStep, Seat, StepAct, StepMode, all_hold, check_form,
    check_seats,
};
pub use guidance::{DatedNote, Guidance, GuidanceBook, GuidanceField};
pub use pack::{Body, Note, NoteStatus, Pack, PackKind, PackVersion, Source, SourceFile};
pub use self_check::{Audience, Check, Principle, SelfCheck};
pub use text::{FormText, Text, Wording};
