//! What somebody does to a request, why it may be refused, and what happens then.

use yagura_kernel::id::PersonId;
use yagura_packs::{LONGEST_ANSWER, Seat, StepAct};

use super::advance::{advance, put, resume};
use super::{Around, capacity_at, is_granted, recall};
use crate::model::course::{Capacity, Course, Decision, Question, Standing, StepState, Verdict};

/// What somebody does to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Decides at a seat, or says that it was carried out.
    Decide {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// What.
        verdict: Verdict,
        /// The reason (for a rejection) or a remark.
        note: String,
    },
    /// Returns it with a question.
    Ask {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// The question.
        text: String,
    },
    /// Answers the question; only the requester.
    Answer {
        /// The answer.
        text: String,
    },
    /// Withdraws it; only the requester.
    Withdraw {
        /// Why.
        note: String,
    },
    /// Takes back a decision of one's own.
    Recall {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
    },
}

/// Why something cannot be done to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is over.
    #[error("the request is closed")]
    Closed,
    /// Nobody decides on their own request.
    #[error("nobody decides on their own request")]
    Own,
    /// It does not wait for this person there.
    #[error("the request does not wait for this person")]
    NotWaiting,
    /// Only the requester may do this.
    #[error("only the requester may do this")]
    NotRequester,
    /// It waits for the requester's answer.
    #[error("the request waits for an answer")]
    Returned,
    /// There is no question to answer.
    #[error("there is no question")]
    NoQuestion,
    /// A rejection, a question and an answer need words.
    #[error("words are missing")]
    NoWords,
    /// The words are too long.
    #[error("the words are too long")]
    TooLong,
    /// What was granted cannot be withdrawn.
    #[error("it was granted already")]
    Granted,
    /// The decision cannot be taken back: the next has decided, or it is somebody else's.
    #[error("the decision cannot be taken back")]
    CannotRecall,
    /// What is carried out is neither granted nor rejected, and what is decided is not carried out.
    #[error("this step is not decided in this way")]
    WrongVerdict,
    /// There is nobody in the institution who could decide.
    #[error("nobody in the institution may decide on this request")]
    Nobody,
}

impl Refusal {
    /// The key in the message catalogue.
    #[must_use]
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::Closed => "requests-refusal-closed",
            Self::Own => "requests-refusal-own",
            Self::NotWaiting => "requests-refusal-not-waiting",
            Self::NotRequester => "requests-refusal-not-requester",
            Self::Returned => "requests-refusal-returned",
            Self::NoQuestion => "requests-refusal-no-question",
            Self::NoWords => "requests-refusal-no-words",
            Self::TooLong => "requests-refusal-too-long",
            Self::Granted => "requests-refusal-granted",
            Self::CannotRecall => "requests-refusal-cannot-recall",
            Self::WrongVerdict => "requests-refusal-wrong-verdict",
            Self::Nobody => "requests-refusal-nobody",
        }
    }
}

/// Something that happened on the way, for the timeline and the notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A decision was made; the second kind follows from the first.
    Decided {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// The decision.
        decision: Decision,
    },
    /// It was returned.
    Asked(Question),
    /// The requester answered.
    Answered(String),
    /// The requester withdrew it.
    Withdrawn(String),
    /// A decision was taken back.
    Recalled {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
    },
    /// A step is overdue, and the next in the chain may decide too.
    Escalated {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
        /// Who may decide too.
        to: Seat,
    },
    /// It is granted: every step that decides is over.
    Granted,
    /// Every step that decides is over, and nobody but the requester could decide: it is only
    /// recorded.
    Recorded,
    /// The requester left, so that nobody can answer the question: it goes on at the step that asked.
    Unanswered {
        /// The step.
        step: String,
        /// The seat.
        seat: Seat,
    },
    /// Everything is carried out.
    Finished,
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The request afterwards.
    pub course: Course,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// Does something to a request.
///
/// # Errors
/// The [`Refusal`]; then nothing changed.
pub fn apply(
    around: Around<'_>,
    course: &Course,
    who: PersonId,
    act: &Act,
) -> Result<Happened, Refusal> {
    if course.standing.is_closed() {
        return Err(Refusal::Closed);
    }
    let mut next = course.clone();
    let mut events = Vec::new();
    match act {
        Act::Decide {
            step,
            seat,
            verdict,
            note,
        } => decide(
            around,
            &mut next,
            &mut events,
            (step, *seat),
            who,
            (*verdict, words(note, *verdict == Verdict::Rejected)?),
        )?,
        Act::Ask { step, seat, text } => {
            let text = words(text, true)?;
            let (_, _, capacity) = open_seat(around, &next, step, *seat, who)?;
            if capacity == Capacity::Alone {
                return Err(Refusal::Own);
            }
            let question = Question {
                step: step.clone(),
                seat: *seat,
                by: who,
                at: around.now,
                text,
            };
            next.question = Some(question.clone());
            next.standing = Standing::Returned;
            events.push(Event::Asked(question));
        }
        Act::Answer { text } => {
            let text = words(text, true)?;
            if who != next.filer {
                return Err(Refusal::NotRequester);
            }
            let Some(question) = next.question.take() else {
                return Err(Refusal::NoQuestion);
            };
            resume(around, &mut next, &question.step);
            events.push(Event::Answered(text));
        }
        Act::Withdraw { note } => {
            let note = words(note, false)?;
            if who != next.filer {
                return Err(Refusal::NotRequester);
            }
            if is_granted(around.form, &next) {
                return Err(Refusal::Granted);
            }
            next.standing = Standing::Withdrawn;
            next.question = None;
            events.push(Event::Withdrawn(note));
        }
        Act::Recall { step, seat } => {
            recall::recall(around, &mut next, step, *seat, who)?;
            events.push(Event::Recalled {
                step: step.clone(),
                seat: *seat,
            });
        }
    }
    Ok(Happened {
        course: next,
        events,
    })
}

fn words(text: &str, needed: bool) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() && needed {
        return Err(Refusal::NoWords);
    }
    if text.chars().count() > LONGEST_ANSWER {
        return Err(Refusal::TooLong);
    }
    Ok(text.to_owned())
}

/// The place of an open seat at which somebody may decide, and as what.
fn open_seat(
    around: Around<'_>,
    course: &Course,
    step: &str,
    seat: Seat,
    who: PersonId,
) -> Result<(usize, usize, Capacity), Refusal> {
    let refusal = if who == course.filer {
        Refusal::Own
    } else {
        Refusal::NotWaiting
    };
    if course.standing == Standing::Returned {
        return Err(Refusal::Returned);
    }
    let open = |(at, state): (usize, &StepState)| {
        let place = state
            .seats
            .iter()
            .position(|state| state.seat == seat && state.decision.is_none())?;
        let capacity = capacity_at(around.people, course.filer, state.seats.get(place)?, who)?;
        Some((at, place, capacity))
    };
    let mut steps = course.steps.iter().enumerate();
    steps
        .find(|(_, state)| state.step == step && state.is_open())
        .and_then(open)
        .ok_or(refusal)
}

fn decide(
    around: Around<'_>,
    course: &mut Course,
    events: &mut Vec<Event>,
    (step, seat): (&str, Seat),
    who: PersonId,
    (verdict, note): (Verdict, String),
) -> Result<(), Refusal> {
    let (at, place, capacity) = open_seat(around, course, step, seat, who)?;
    let act = around.form.step(step).map(|step| step.act);
    // Who is alone records their own request, and never grants or rejects it.
    let fits = match (act, capacity) {
        (Some(StepAct::Decide), Capacity::Alone) => verdict == Verdict::Recorded,
        (Some(StepAct::Decide), _) => matches!(verdict, Verdict::Granted | Verdict::Rejected),
        (Some(StepAct::CarryOut), _) => verdict == Verdict::Done,
        (None, _) => false,
    };
    if !fits {
        return Err(Refusal::WrongVerdict);
    }
    let decision = Decision {
        by: who,
        capacity,
        verdict,
        at: around.now,
        note,
        together_with: None,
    };
    put(course, events, at, place, decision);
    if verdict == Verdict::Rejected {
        course.standing = Standing::Rejected;
        return Ok(());
    }
    let first = (verdict == Verdict::Granted).then(|| (who, step.to_owned(), seat));
    advance(around, course, events, first);
    Ok(())
}
