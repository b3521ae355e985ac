//! The answers to a checklist as OSCAL assessment results (OSCAL 1.1, JSON).
//!
//! Each answered row is a finding on its statement, each answer an observation whose method says
//! how much stands behind it: INTERVIEW for declared, EXAMINE for documented, TEST for verified.

use serde_json::{Value, json};
use time::Date;
use yagura_kernel::time::{Instant, format_iso};

use super::ExportError;
use super::oscal::{control_id, metadata, prop, statement_id, without_empty_lists};
use super::uuid::uuid_of;
use crate::model::{Item, Pack};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// はい.
    Yes,
    /// いいえ.
    No,
    /// The row needs no entry here.
    NotApplicable,
    /// Nothing yet.
    Unanswered,
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotApplicable => "not-applicable",
            Self::Unanswered => "unanswered",
        }
    }
}

/// What stands behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProofLevel {
    /// Someone said so.
    Declared,
    /// There is a document.
    Documented,
    /// A fresh measurement says the same.
    Verified,
}

impl ProofLevel {
    fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Documented => "documented",
            Self::Verified => "verified",
        }
    }

    /// OSCAL's word for the way in which an assessor came to know.
    fn method(self) -> &'static str {
        match self {
            Self::Declared => "INTERVIEW",
            Self::Documented => "EXAMINE",
            Self::Verified => "TEST",
        }
    }
}

/// A piece of evidence, by name and content; the content itself is not exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// Its title.
    pub title: String,
    /// SHA-256 of its content in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Last day on which it counts.
    pub expires: Option<Date>,
}

/// The answer to one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRecord {
    /// Key of the row.
    pub key: String,
    /// The answer in force: the second round's where there is one.
    pub answer: Answer,
    /// What stands behind it.
    pub proof: ProofLevel,
    /// Whether a probe contradicts it.
    pub contradicted: bool,
    /// The date entered with it.
    pub answered_on: Option<Date>,
    /// When いいえ is to become はい.
    pub target_date: Option<Date>,
    /// 備考.
    pub remark: String,
    /// Its evidence.
    pub evidence: Vec<EvidenceRecord>,
}

/// One sheet as answered by one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Identifies the sheet, so that a later export of the same has the same UUIDs.
    pub id: String,
    /// Name of the organization.
    pub organization: String,
    /// Since when it is being answered.
    pub started: Instant,
    /// When the state was taken.
    pub taken: Instant,
    /// The answers. Rows of the pack without one count as unanswered; keys that the pack does
    /// not have are left out.
    pub answers: Vec<AnswerRecord>,
}

/// The assessment results as JSON.
///
/// # Errors
/// The pack is not a checklist.
pub fn assessment_results(pack: &Pack, assessment: &Assessment) -> Result<Value, ExportError> {
    let checklist = pack
        .checklist()
        .ok_or(ExportError::NotAChecklist(pack.kind()))?;
    let rows: Vec<(&Item, &AnswerRecord)> = checklist
        .items()
        .filter_map(|item| {
            let found = assessment
                .answers
                .iter()
                .find(|answer| answer.key == item.key);
            found
                .filter(|answer| answer.answer != Answer::Unanswered)
                .map(|answer| (item, answer))
        })
        .collect();
    let ids = |what: &str, item: &Item| uuid_of(&format!("{}/{}/{what}", assessment.id, item.key));
    let observations: Vec<Value> = rows
        .iter()
        .map(|(item, answer)| observation(item, answer, &ids("observation", item), assessment))
        .collect();
    let findings: Vec<Value> = rows
        .iter()
        .map(|(item, answer)| {
            finding(
                item,
                answer,
                &ids("finding", item),
                &ids("observation", item),
            )
        })
        .collect();
    let controls: Vec<Value> = checklist
        .items()
        .map(|item| json!({ "control-id": control_id(&item.key) }))
        .collect();
    let mut header = metadata(pack, assessment.taken);
    if let Some(header) = header.as_object_mut() {
        let title = format!(
            "{} — {}",
            pack.title.in_language("ja"),
            assessment.organization
        );
        header.insert("title".into(), title.into());
    }
    let mut results = json!({
        "assessment-results": {
            "uuid": uuid_of(&format!("{}/results", assessment.id)),
            "metadata": header,
            // There is no assessment plan document; the catalog says what was asked.
            "import-ap": {
                "href": format!("urn:yagura:pack:{}", pack.id),
                "remarks": format!("{} {}", pack.id, pack.version),
            },
            "results": [{
                "uuid": uuid_of(&format!("{}/result", assessment.id)),
                "title": assessment.organization,
                "description": pack.title.in_language("ja"),
                "start": assessment.started.to_rfc3339(),
                "end": assessment.taken.to_rfc3339(),
                "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
                "observations": observations,
                "findings": findings,
            }],
        }
    });
    without_empty_lists(&mut results);
    Ok(results)
}

fn observation(item: &Item, answer: &AnswerRecord, uuid: &str, assessment: &Assessment) -> Value {
    let evidence: Vec<Value> = answer
        .evidence
        .iter()
        .map(|piece| {
            let mut props = Vec::new();
            props.extend(piece.sha256.iter().map(|hash| prop("sha256", hash)));
            props.extend(
                piece
                    .expires
                    .iter()
                    .map(|day| prop("expires", &format_iso(*day))),
            );
            json!({ "description": piece.title, "props": props })
        })
        .collect();
    let mut props = vec![prop("proof-level", answer.proof.word())];
    props.extend(
        answer
            .answered_on
            .iter()
            .map(|day| prop("answered-on", &format_iso(*day))),
    );
    let mut observation = json!({
        "uuid": uuid,
        "title": item.printed_id,
        "description": item.text.in_language("ja"),
        "props": props,
        "methods": [answer.proof.method()],
        "relevant-evidence": evidence,
        "collected": assessment.taken.to_rfc3339(),
    });
    if !answer.remark.trim().is_empty()
        && let Some(observation) = observation.as_object_mut()
    {
        observation.insert("remarks".into(), answer.remark.trim().into());
    }
    observation
}

fn finding(item: &Item, answer: &AnswerRecord, uuid: &str, observation: &str) -> Value {
    // OSCAL knows two states. What needs no entry is satisfied, for the reason given beside it.
    let satisfied = matches!(answer.answer, Answer::Yes | Answer::NotApplicable);
    let state = if satisfied && !answer.contradicted {
        "satisfied"
    } else {
        "not-satisfied"
    };
    let reason = match answer.answer {
        Answer::NotApplicable => "other",
        _ if state == "satisfied" => "pass",
        _ => "fail",
    };
    let mut props = vec![prop("answer", answer.answer.word())];
    if answer.contradicted {
        props.push(prop("contradicted", "yes"));
    }
    props.extend(
        answer
            .target_date
            .iter()
            .map(|day| prop("target-date", &format_iso(*day))),
    );
    json!({
        "uuid": uuid,
        "title": item.printed_id,
        "description": item.text.in_language("ja"),
        "props": props,
        "target": {
            "type": "statement-id",
            "target-id": statement_id(&item.key),
            "status": { "state": state, "reason": reason },
        },
        "related-observations": [{ "observation-uuid": observation }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    fn sample() -> Assessment {
        let day = |text: &str| yagura_kernel::time::parse_date(text).unwrap();
        let answer = |key: &str, answer, proof, contradicted| AnswerRecord {
            key: key.to_owned(),
            answer,
            proof,
            contradicted,
            answered_on: Some(day("2026-06-12")),
            target_date: None,
            remark: String::new(),
            evidence: Vec::new(),
        };
        Assessment {
            id: "sheet-1".into(),
            organization: "架空診療所".into(),
            started: Instant::from_jst(day("2026-06-01"), 9, 0),
            taken: Instant::from_jst(day("2026-11-21"), 9, 0),
            answers: vec![
                AnswerRecord {
                    evidence: vec![EvidenceRecord {
                        title: "辞令.pdf".into(),
                        sha256: Some("ab".repeat(32)),
                        expires: Some(day("2027-03-31")),
                    }],
                    ..answer("1-1", Answer::Yes, ProofLevel::Verified, false)
                },
                answer("2-6", Answer::Yes, ProofLevel::Documented, true),
                AnswerRecord {
                    target_date: Some(day("2027-02-28")),
                    remark: " 更新中 ".into(),
                    ..answer("2-10", Answer::No, ProofLevel::Declared, false)
                },
                answer("2-2", Answer::NotApplicable, ProofLevel::Declared, false),
                answer("2-1", Answer::Unanswered, ProofLevel::Declared, false),
                answer("no-such-row", Answer::Yes, ProofLevel::Declared, false),
            ],
        }
    }

    #[test]
    fn findings_say_state_and_proof() {
        let pack = Library::builtin()
            .get("mhlw-checklist-r08-institution")
            .unwrap();
        let value = assessment_results(pack, &sample()).unwrap();
        let result = &value["assessment-results"]["results"][0];
        let findings = result["findings"].as_array().unwrap();
        let states: Vec<(&str, &str)> = findings
            .iter()
            .map(|finding| {
                (
                    finding["target"]["target-id"].as_str().unwrap(),
                    finding["target"]["status"]["state"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            states,
            [
                ("item-1-1_smt", "satisfied"),
                ("item-2-2_smt", "satisfied"),
                ("item-2-6_smt", "not-satisfied"),
                ("item-2-10_smt", "not-satisfied"),
            ]
        );
        let observations = result["observations"].as_array().unwrap();
        let methods: Vec<&str> = observations
            .iter()
            .map(|o| o["methods"][0].as_str().unwrap())
            .collect();
        assert_eq!(methods, ["TEST", "INTERVIEW", "EXAMINE", "INTERVIEW"]);
        assert_eq!(
            observations[0]["relevant-evidence"][0]["description"],
            "辞令.pdf"
        );
        assert_eq!(observations[3]["remarks"], "更新中");
        assert!(
            observations[1].get("relevant-evidence").is_none(),
            "no empty lists in OSCAL"
        );
        for (finding, observation) in findings.iter().zip(observations) {
            assert_eq!(
                finding["related-observations"][0]["observation-uuid"],
                observation["uuid"]
            );
        }
        assert_eq!(
            result["reviewed-controls"]["control-selections"][0]["include-controls"]
                .as_array()
                .unwrap()
                .len(),
            19
        );
    }

    #[test]
    fn a_list_of_contacts_has_no_results() {
        let pack = Library::builtin().get("national-contacts-2026").unwrap();
        assert!(matches!(
            assessment_results(pack, &sample()),
            Err(ExportError::NotAChecklist(_))
        ));
    }
}
