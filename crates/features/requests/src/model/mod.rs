//! The rules of requests, pure: answers, who may decide, and the way of a request through its route.

pub mod answers;
pub mod course;
pub mod engine;
pub mod entry;
pub mod people;

#[cfg(test)]
mod engine_tests;

pub use answers::{AnswerFault, Answers, asked, check_answers, subject_of};
pub use course::{
    Capacity, Course, Decision, Question, SeatState, Standing, StepProgress, StepState, Verdict,
};
pub use engine::{Act, Event, Happened, Planned, Refusal, apply, outcomes, plan, start};
pub use entry::{Entered, Outcome, entries};
pub use people::{Claim, Decider, Desk, People};
