use yagura_checklists::model::{
    Answer, AnswerInput, AnswerProblem, ChangeSource, HeaderInput, HeaderValues, Round,
    SelfCheckInput, SheetSubject, YesNo,
};
use yagura_checklists::store::{
    BulkAnswer, BulkSheet, ChangeOf, HeaderError, NewMeasurement, OpenError, SaveError,
    decline_drafts, declined_drafts, find, history, insert_sheets, measurements, open_sheet,
    own_self_checks, owner_of, recompute_organization, recompute_sheets, save_answers, save_header,
    self_check_progress, sheet, sheets_by_vendor, sheets_of, store_measurements, store_self_check,
    vendor_sheets,
};
use yagura_kernel::id::SheetId;
use yagura_kernel::policy::actions;
use yagura_kernel::probe::{Finding, Measurement, Outcome};
use yagura_kernel::proof::CellState;
use yagura_kernel::relation::SharingLevel;
use yagura_kernel::time::FiscalYear;
use yagura_packs::Sheet;
use yagura_store::StoreError;

use crate::support::{World, change, commit, day, worlds};

#[tokio::test]
async fn opening_twice_gives_the_same_sheet() {
    for world in worlds().await {
        let first = world.open(world.clinic).await;
        let again = world.open(world.clinic).await;
        assert_eq!(first.id, again.id);
        assert_eq!(first.pack_id, "mhlw-checklist-r08-institution");
        assert_eq!(first.cells, vec![CellState::Unanswered; 19]);
        assert_ne!(world.open(world.hospital).await.id, first.id);
        let owner = owner_of(&world.database, first.id).await.unwrap();
        assert_eq!(
            (owner.organization, owner.subject),
            (world.clinic, SheetSubject::Institution)
        );
        let gone = SheetId::new(&*world.ids);
        assert!(matches!(
            owner_of(&world.database, gone).await,
            Err(StoreError::NotFound)
        ));
    }
}

#[tokio::test]
async fn a_year_that_has_not_begun_and_a_year_without_a_form_are_refused() {
    for world in worlds().await {
        let proof = world.own::<actions::AnswerSheet>(world.clinic);
        let mut tx = world.database.begin().await.unwrap();
        let mut open = async |year: FiscalYear| {
            open_sheet(
                &mut tx,
                (&proof).into(),
                world.packs(),
                &*world.ids,
                year,
                SheetSubject::Institution,
                world.now(),
            )
            .await
        };
        assert!(matches!(
            open(world.year().next()).await,
            Err(OpenError::YearAhead { .. })
        ));
        let before = FiscalYear::new(2022).unwrap();
        assert!(matches!(
            open(before).await,
            Err(OpenError::NoEdition { .. })
        ));
    }
}

#[tokio::test]
async fn an_untouched_sheet_moves_to_a_newer_edition_and_an_answered_one_stays() {
    for world in worlds().await {
        let old = world.packs().get("mhlw-checklist-r07-institution").unwrap();
        for (owner, answered) in [(world.clinic, false), (world.hospital, true)] {
            let answers = answered.then(|| BulkAnswer {
                item_key: "1-1".to_owned(),
                answer: Answer::first(YesNo::Yes, day("2026-05-01")),
                by: None,
                at: world.now(),
                source: ChangeSource::Demo,
            });
            let bulk = BulkSheet {
                id: SheetId::new(&*world.ids),
                owner,
                year: world.year(),
                subject: SheetSubject::Institution,
                pack: old.clone(),
                values: HeaderValues::default(),
                opened_at: world.now(),
                opened_by: None,
                answers: answers.into_iter().collect(),
                cells: None,
            };
            let mut tx = world.database.begin().await.unwrap();
            insert_sheets(&mut tx, &*world.ids, [bulk]).await.unwrap();
            tx.commit().await.unwrap();
        }
        let pack = |header: yagura_checklists::store::SheetHeader| header.pack_id;
        assert_eq!(
            pack(world.open(world.clinic).await),
            "mhlw-checklist-r08-institution"
        );
        assert_eq!(
            pack(world.open(world.hospital).await),
            "mhlw-checklist-r07-institution"
        );
    }
}

#[tokio::test]
async fn a_saved_answer_reads_back_with_who_and_when_and_moves_the_summary() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let mut no = change("2-5", 0, YesNo::No, "2026-06-12");
        no.input.target = Some(day("2026-12-20"));
        no.input.remark = "<script>alert(1)</script>\r\n退職者が残っている".to_owned();
        let saved = world.save(opened.id, world.clinic, &[no]).await.unwrap();
        assert_eq!(saved.items[0].version, 1);
        assert_eq!(saved.items[0].state, CellState::No);
        let content = world.read(opened.id, world.clinic).await;
        let stored = &content.answers["2-5"];
        assert_eq!(stored.answer.target, Some(day("2026-12-20")));
        assert_eq!(
            stored.answer.remark,
            "<script>alert(1)</script>\n退職者が残っている"
        );
        assert_eq!(stored.names.first.as_deref(), Some("架空 太郎"));
        assert_eq!(content.state("2-5"), CellState::No);
        assert_eq!(content.header.counts.no, 1);
        assert_eq!(content.header.counts.unanswered, 18);
        assert_eq!(content.header.next_target, Some(day("2026-12-20")));
        assert_eq!(content.header.revision, 1);
        let mut mended = change("2-5", 1, YesNo::No, "2026-06-12");
        mended.input.target = Some(day("2026-12-20"));
        mended.input.second = Some(YesNo::Yes);
        mended.input.second_on = Some(day("2026-11-20"));
        let saved = world
            .save(opened.id, world.clinic, &[mended])
            .await
            .unwrap();
        assert_eq!(saved.items[0].state, CellState::Declared);
        assert_eq!(saved.header.next_target, None);
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_is_saved_once() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let once = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        assert!(
            world
                .save(opened.id, world.clinic, &once)
                .await
                .unwrap()
                .changed()
        );
        let again = world.save(opened.id, world.clinic, &once).await.unwrap();
        assert!(!again.changed());
        assert_eq!(again.items[0].version, 1);
        let proof = world.own::<actions::ReadHistory>(world.clinic);
        let entries = history(&world.database, (&proof).into(), opened.id, None, None, 10)
            .await
            .unwrap();
        assert_eq!(entries.len(), 1);
    }
}

#[tokio::test]
async fn the_second_writer_is_shown_what_the_first_wrote() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let proof = world.colleague::<actions::AnswerSheet>();
        let theirs = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        let (tx, _) = save_answers(
            &world.database,
            world.packs(),
            &*world.ids,
            (&proof).into(),
            opened.id,
            &theirs,
            world.now(),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let mine = [change("1-1", 0, YesNo::No, "2026-06-13")];
        let Err(SaveError::Conflict(conflicts)) = world.save(opened.id, world.clinic, &mine).await
        else {
            panic!("the first writer would have been overwritten")
        };
        assert_eq!(conflicts[0].theirs.answer.first.unwrap().answer, YesNo::Yes);
        assert_eq!(
            conflicts[0].theirs.names.changed.as_deref(),
            Some("見本 花子")
        );
        let knowing = [change("1-1", 1, YesNo::No, "2026-06-13")];
        let saved = world.save(opened.id, world.clinic, &knowing).await.unwrap();
        assert_eq!(saved.items[0].version, 2);
    }
}

#[tokio::test]
async fn several_rows_are_saved_all_or_none() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let mixed = [
            change("1-1", 0, YesNo::Yes, "2026-06-12"),
            change("2-1", 0, YesNo::Yes, "2027-06-12"),
            change("no-such", 0, YesNo::Yes, "2026-06-12"),
        ];
        let Err(SaveError::Refused(problems)) = world.save(opened.id, world.clinic, &mixed).await
        else {
            panic!("a date ahead was accepted")
        };
        let keys: Vec<&str> = problems
            .iter()
            .map(|problem| problem.item_key.as_str())
            .collect();
        assert_eq!(keys, ["2-1", "no-such"]);
        assert!(world.read(opened.id, world.clinic).await.answers.is_empty());
        let all: Vec<_> = world
            .packs()
            .get("mhlw-checklist-r08-institution")
            .unwrap()
            .items()
            .map(|item| change(&item.key, 0, YesNo::Yes, "2026-06-12"))
            .collect();
        let saved = world.save(opened.id, world.clinic, &all).await.unwrap();
        assert_eq!(saved.header.counts.declared, 19);
        assert_eq!(
            saved.header.round1_done_at, None,
            "the gate row is still open"
        );
    }
}

async fn set_header(world: &World, id: SheetId, version: i64, input: HeaderInput) -> HeaderValues {
    try_header(world, id, version, input).await.unwrap()
}

async fn try_header(
    world: &World,
    id: SheetId,
    version: i64,
    input: HeaderInput,
) -> Result<HeaderValues, HeaderError> {
    let proof = world.own::<actions::AnswerSheet>(world.clinic);
    let saved = commit(
        save_header(
            &world.database,
            world.packs(),
            &*world.ids,
            (&proof).into(),
            id,
            version,
            &input,
            &ChangeSource::Typed,
            world.now(),
        )
        .await,
    )
    .await?;
    Ok(saved.header.values)
}

#[tokio::test]
async fn the_gate_row_takes_every_row_away_and_gives_them_back() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let yes = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &yes).await.unwrap();
        let gate = |answer| HeaderInput {
            gate: Some(answer),
            gate_on: Some(day("2026-06-12")),
            ..HeaderInput::default()
        };
        set_header(&world, opened.id, 0, gate(YesNo::No)).await;
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(content.header.counts.not_applicable, 19);
        assert!(content.header.round1_done_at.is_some());
        let refused = world
            .save(
                opened.id,
                world.clinic,
                &[change("2-1", 0, YesNo::Yes, "2026-06-12")],
            )
            .await;
        assert!(matches!(
            refused,
            Err(SaveError::Refused(problems)) if problems[0].problem == AnswerProblem::GateIsNo
        ));
        let stale = try_header(&world, opened.id, 0, gate(YesNo::Yes)).await;
        assert!(matches!(stale, Err(HeaderError::Conflict(conflict)) if conflict.version == 1));
        set_header(&world, opened.id, 1, gate(YesNo::Yes)).await;
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(
            content.state("1-1"),
            CellState::Declared,
            "the answer was kept"
        );
        assert_eq!(content.header.round1_done_at, None);
        let proof = world.own::<actions::ReadHistory>(world.clinic);
        let entries = history(&world.database, (&proof).into(), opened.id, None, None, 10)
            .await
            .unwrap();
        let heads = entries
            .iter()
            .filter(|entry| matches!(entry.of, ChangeOf::Header { .. }))
            .count();
        assert_eq!(heads, 2);
    }
}

#[tokio::test]
async fn without_a_vendor_contract_two_rows_fall_away() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let input = HeaderInput {
            vendor_contract: Some(YesNo::No),
            vendor_contract_on: Some(day("2026-06-12")),
            confirmed_on: Some(day("2026-11-21")),
            ..HeaderInput::default()
        };
        set_header(&world, opened.id, 0, input).await;
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(content.state("2-2"), CellState::NotApplicable);
        assert_eq!(content.state("2-3"), CellState::NotApplicable);
        assert_eq!(content.header.counts.unanswered, 17);
        assert_eq!(content.header.values.confirmed_on, Some(day("2026-11-21")));
        let refused = world
            .save(
                opened.id,
                world.clinic,
                &[change("2-2", 0, YesNo::Yes, "2026-06-12")],
            )
            .await;
        assert!(matches!(refused, Err(SaveError::Refused(_))));
    }
}

#[tokio::test]
async fn the_history_says_who_changed_what_from_what_to_what_and_how() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let first = [change("1-1", 0, YesNo::No, "2026-06-12")];
        world.save(opened.id, world.clinic, &first).await.unwrap();
        world.clock.advance_days(1);
        let mut second = change("1-1", 1, YesNo::Yes, "2026-06-12");
        second.source = ChangeSource::Draft {
            sheet: opened.id,
            year: 2025,
            items: vec!["1-1".to_owned()],
        };
        world
            .save(opened.id, world.clinic, std::slice::from_ref(&second))
            .await
            .unwrap();
        let other = [change("3-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &other).await.unwrap();
        let proof = world.own::<actions::ReadHistory>(world.clinic);
        let read = async |item, before, limit| {
            history(
                &world.database,
                (&proof).into(),
                opened.id,
                item,
                before,
                limit,
            )
            .await
            .unwrap()
        };
        let of_item = read(Some("1-1"), None, 10).await;
        assert_eq!(of_item.len(), 2);
        assert_eq!(of_item[0].source, second.source);
        assert_eq!(of_item[0].by_name.as_deref(), Some("架空 太郎"));
        assert_eq!(of_item[0].organization_name, "みどり坂内科クリニック");
        let ChangeOf::Item { before, after, .. } = &of_item[0].of else {
            panic!("a row")
        };
        assert_eq!(before.first.unwrap().answer, YesNo::No);
        assert_eq!(after.first.unwrap().answer, YesNo::Yes);
        let page = read(None, None, 2).await;
        assert_eq!(page.len(), 2);
        assert_eq!(read(None, Some(page[1].id), 10).await.len(), 1);
        let other = world.own::<actions::ReadHistory>(world.hospital);
        let foreign = history(&world.database, (&other).into(), opened.id, None, None, 1).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
    }
}

async fn open_for_vendor(world: &World) -> SheetId {
    let proof = world.supplier::<actions::AnswerVendorSheet>(world.vendor);
    let mut tx = world.database.begin().await.unwrap();
    let header = open_sheet(
        &mut tx,
        (&proof).into(),
        world.packs(),
        &*world.ids,
        world.year(),
        SheetSubject::Vendor(world.vendor),
        world.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    header.id
}

#[tokio::test]
async fn a_vendor_fills_in_its_own_sheet_and_sees_no_other() {
    for world in worlds().await {
        let own = open_for_vendor(&world).await;
        let proof = world.supplier::<actions::AnswerVendorSheet>(world.vendor);
        let saved = commit(
            save_answers(
                &world.database,
                world.packs(),
                &*world.ids,
                (&proof).into(),
                own,
                &[change("2-3", 0, YesNo::Yes, "2026-06-12")],
                world.now(),
            )
            .await,
        )
        .await
        .unwrap();
        assert_eq!(saved.header.counts.declared, 1);
        let other = world.supplier::<actions::ReadVendorSheet>(world.other_vendor);
        let foreign = sheet(&world.database, world.packs(), (&other).into(), own).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
        let listed = vendor_sheets(&world.database, &other, world.year())
            .await
            .unwrap();
        assert_eq!(listed, []);
        let writer = world.supplier::<actions::AnswerVendorSheet>(world.other_vendor);
        let stolen = save_answers(
            &world.database,
            world.packs(),
            &*world.ids,
            (&writer).into(),
            own,
            &[change("2-3", 1, YesNo::No, "2026-06-12")],
            world.now(),
        )
        .await;
        assert!(matches!(
            stolen,
            Err(SaveError::Store(StoreError::NotFound))
        ));
        let clinic = world.own::<actions::ReadVendorSheet>(world.clinic);
        let seen = vendor_sheets(&world.database, &clinic, world.year())
            .await
            .unwrap();
        assert_eq!(seen.len(), 1);
        let read = sheet(&world.database, world.packs(), (&clinic).into(), own)
            .await
            .unwrap();
        assert_eq!(read.answers.len(), 1);
        let customers = sheets_by_vendor(
            &world.database,
            world
                .supplier::<actions::ReadVendorSheet>(world.vendor)
                .principal(),
            world.year(),
            world.now(),
        )
        .await
        .unwrap();
        assert_eq!(
            customers.iter().map(|header| header.id).collect::<Vec<_>>(),
            [own]
        );
        // The proof for institutions' sheets opens no vendor sheet, and the other way round.
        let wrong_kind = world.own::<actions::ReadSheet>(world.clinic);
        let read = sheet(&world.database, world.packs(), (&wrong_kind).into(), own).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
    }
}

#[tokio::test]
async fn an_overseer_sees_answers_without_remarks_and_names_below_full_detail() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let mut with_remark = change("1-1", 0, YesNo::Yes, "2026-06-12");
        with_remark.input.remark = "内線 12".to_owned();
        world
            .save(opened.id, world.clinic, &[with_remark])
            .await
            .unwrap();
        for (level, sees) in [(SharingLevel::Answers, false), (SharingLevel::Detail, true)] {
            let proof = world.overseer::<actions::ReadSheet>(world.clinic, level);
            let content = sheet(&world.database, world.packs(), (&proof).into(), opened.id)
                .await
                .unwrap();
            let stored = &content.answers["1-1"];
            assert!(stored.answer.first.is_some());
            assert_eq!(stored.answer.remark.is_empty(), !sees);
            assert_eq!(stored.names.first.is_some(), sees);
        }
        let foreign = world.own::<actions::ReadSheet>(world.hospital);
        let read = sheet(&world.database, world.packs(), (&foreign).into(), opened.id).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
    }
}

fn measured(world: &World, outcome: Outcome, days: i64) -> NewMeasurement {
    NewMeasurement {
        probe: "safety-manager-appointed",
        decides: true,
        measurement: Measurement {
            outcome,
            finding: Finding {
                message: "probe-safety-manager-none".to_owned(),
                arguments: vec![("name".to_owned(), "<b>架空</b>".to_owned())],
            },
            covered: 1,
            total: 1,
            measured_at: world.now(),
            valid_until: world.now().plus_days(days),
        },
    }
}

#[tokio::test]
async fn a_measurement_contradicts_proves_and_goes_stale() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let yes = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &yes).await.unwrap();
        let measure = async |outcome, days| {
            let mut tx = world.database.begin().await.unwrap();
            let new = [measured(&world, outcome, days)];
            store_measurements(&mut tx, world.clinic, &new)
                .await
                .unwrap();
            let ids = &*world.ids;
            let changed =
                recompute_organization(&mut tx, world.packs(), ids, world.clinic, world.now())
                    .await
                    .unwrap();
            tx.commit().await.unwrap();
            changed
        };
        assert_eq!(measure(Outcome::Violated, 2).await, 1);
        let state = async || world.read(opened.id, world.clinic).await.state("1-1");
        assert_eq!(state().await, CellState::Contradiction);
        assert_eq!(
            measure(Outcome::Violated, 2).await,
            0,
            "nothing new, nothing written"
        );
        assert_eq!(measure(Outcome::Satisfied, 2).await, 1);
        assert_eq!(state().await, CellState::Verified);
        let proof = world.own::<actions::ReadSheet>(world.clinic);
        let kept = measurements(&world.database, &proof).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].measurement.finding.arguments[0].1, "<b>架空</b>");
        world.clock.advance_days(3);
        assert!(!kept[0].is_fresh(world.now()));
        let other = [change("2-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &other).await.unwrap();
        assert_eq!(
            state().await,
            CellState::Declared,
            "the measurement does not hold any more"
        );
    }
}

#[tokio::test]
async fn what_was_measured_stays_when_the_fiscal_year_is_over() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let yes = [
            change("1-1", 0, YesNo::Yes, "2026-06-12"),
            change("2-1", 0, YesNo::Yes, "2026-06-12"),
        ];
        world.save(opened.id, world.clinic, &yes).await.unwrap();
        let measure = async |outcome| {
            let mut tx = world.database.begin().await.unwrap();
            let new = [measured(&world, outcome, 400)];
            store_measurements(&mut tx, world.clinic, &new)
                .await
                .unwrap();
            let ids = &*world.ids;
            let sheets = [opened.id];
            recompute_sheets(&mut tx, world.packs(), ids, &sheets, world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        let state = async |item| world.read(opened.id, world.clinic).await.state(item);
        measure(Outcome::Satisfied).await;
        assert_eq!(state("1-1").await, CellState::Verified);
        world.clock.advance_days(365);
        measure(Outcome::Violated).await;
        assert_eq!(
            state("1-1").await,
            CellState::Verified,
            "nobody is appointed today, somebody was then"
        );
        let later = [change("2-1", 1, YesNo::No, "2026-06-13")];
        world.save(opened.id, world.clinic, &later).await.unwrap();
        assert_eq!(state("1-1").await, CellState::Verified);
        assert_eq!(state("2-1").await, CellState::No);
        let withdrawn = [change("1-1", 1, YesNo::No, "2026-06-13")];
        world
            .save(opened.id, world.clinic, &withdrawn)
            .await
            .unwrap();
        assert_eq!(state("1-1").await, CellState::No, "a no is nobody's proof");
    }
}

#[tokio::test]
async fn sheets_of_all_years_are_listed_newest_first() {
    for world in worlds().await {
        let present = world.open(world.clinic).await;
        let last_year = world.year().previous();
        let pack = world
            .packs()
            .checklist(last_year, Sheet::Institution)
            .unwrap()
            .clone();
        let bulk = BulkSheet {
            id: SheetId::new(&*world.ids),
            owner: world.clinic,
            year: last_year,
            subject: SheetSubject::Institution,
            values: HeaderValues {
                gate: Some(Round {
                    answer: YesNo::Yes,
                    on: day("2025-06-01"),
                }),
                ..HeaderValues::default()
            },
            opened_at: world.now(),
            opened_by: Some(world.director),
            answers: pack
                .items()
                .map(|item| BulkAnswer {
                    item_key: item.key.clone(),
                    answer: Answer::first(YesNo::Yes, day("2025-06-01")),
                    by: Some(world.director),
                    at: world.now(),
                    source: ChangeSource::Demo,
                })
                .collect(),
            pack,
            cells: None,
        };
        let id = bulk.id;
        let mut tx = world.database.begin().await.unwrap();
        assert_eq!(
            insert_sheets(&mut tx, &*world.ids, [bulk]).await.unwrap(),
            1
        );
        tx.commit().await.unwrap();
        let proof = world.own::<actions::ReadSheet>(world.clinic);
        let listed = sheets_of(&world.database, (&proof).into()).await.unwrap();
        assert_eq!(
            listed.iter().map(|h| h.id).collect::<Vec<_>>(),
            [present.id, id]
        );
        assert_eq!(listed[1].counts.declared, 19);
        assert!(listed[1].round1_done_at.is_some());
        let found = find(
            &world.database,
            (&proof).into(),
            last_year,
            SheetSubject::Institution,
        )
        .await
        .unwrap();
        assert_eq!(found.map(|header| header.id), Some(id));
        let content = world.read(id, world.clinic).await;
        assert_eq!(
            content.answers["3-3"].names.first.as_deref(),
            Some("架空 太郎")
        );
    }
}

#[tokio::test]
async fn clearing_an_answer_leaves_its_history() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let yes = [change("1-1", 0, YesNo::Yes, "2026-06-12")];
        world.save(opened.id, world.clinic, &yes).await.unwrap();
        let mut empty = change("1-1", 1, YesNo::Yes, "2026-06-12");
        empty.input = AnswerInput::default();
        let saved = world.save(opened.id, world.clinic, &[empty]).await.unwrap();
        assert_eq!(saved.items[0].state, CellState::Unanswered);
        let content = world.read(opened.id, world.clinic).await;
        assert_eq!(content.answers["1-1"].version, 2);
        assert_eq!(content.answers["1-1"].names.first, None);
    }
}

#[tokio::test]
async fn declined_drafts_are_remembered() {
    for world in worlds().await {
        let opened = world.open(world.clinic).await;
        let write = world.own::<actions::AnswerSheet>(world.clinic);
        let items = ["2-1".to_owned(), "2-1".to_owned()];
        let mut tx = world.database.begin().await.unwrap();
        let now = world.now();
        decline_drafts(
            &world.database,
            &mut tx,
            (&write).into(),
            opened.id,
            &items,
            now,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let read = world.own::<actions::ReadSheet>(world.clinic);
        let declined = declined_drafts(&world.database, (&read).into(), opened.id)
            .await
            .unwrap();
        assert_eq!(declined.into_iter().collect::<Vec<_>>(), ["2-1"]);
    }
}

#[tokio::test]
async fn self_checks_are_kept_by_person_and_day() {
    for world in worlds().await {
        let packs = world.packs().self_checks_on(day("2026-11-21"));
        let pack = packs.first().unwrap();
        let check = pack.self_check().unwrap();
        let audience = &check.audiences[0];
        let keys: Vec<String> = audience
            .principles
            .iter()
            .flat_map(|principle| principle.checks.iter().map(|check| check.key.clone()))
            .collect();
        let answer = async |who: yagura_kernel::policy::Authorized<actions::AnswerSelfCheck>,
                            ticked: &[String]| {
            let input = SelfCheckInput {
                audience: audience.key.clone(),
                on: day("2026-11-21"),
                ticked: ticked.to_vec(),
            };
            let mut tx = world.database.begin().await.unwrap();
            store_self_check(&mut tx, &*world.ids, &who, pack, check, &input, world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        };
        answer(world.own(world.clinic), &[]).await;
        answer(world.own(world.clinic), &keys[..2]).await;
        answer(world.colleague(), &keys).await;
        let proof = world.own::<actions::AnswerSelfCheck>(world.clinic);
        let own = own_self_checks(&world.database, &proof, world.director, 10)
            .await
            .unwrap();
        assert_eq!(
            own.len(),
            1,
            "the second of a day takes the place of the first"
        );
        assert_eq!(own[0].ticked.len(), 2);
        let read = world.own::<actions::ReadSheet>(world.clinic);
        let progress = self_check_progress(&world.database, &read, &pack.id, world.year())
            .await
            .unwrap();
        assert_eq!(progress.len(), 1);
        assert_eq!(progress[0].people, 2);
        assert_eq!(progress[0].ticked, 2 + i64::try_from(keys.len()).unwrap());
    }
}
