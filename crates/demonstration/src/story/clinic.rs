//! The clinic: half a year of ten minutes between patients. The director and the office manager
//! share the sheet; some rows wait, one target date has passed, one contract ends soon.

use yagura_checklists::model::ChangeSource;
use yagura_kernel::time::Instant;

use super::{Desk, Kept, Say};
use crate::DemonstrationError;
use crate::random::{Window, days_after};

pub(super) async fn tell(desk: &Desk<'_>) -> Result<(), DemonstrationError> {
    let director = desk.person(0)?;
    let office = desk.person(1)?;
    let at = |thousandths, hour, minute| Instant::from_jst(desk.day(thousandths), hour, minute);
    let typed = &ChangeSource::Typed;
    let table = &ChangeSource::QuickTable;

    desk.take_drafts(director, at(0, 12, 50), &["1-1", "2-1", "2-8"])
        .await?;
    let overdue = desk.day(780);
    desk.save(
        office,
        at(90, 13, 15),
        table,
        &[
            ("2-2", Say::Yes),
            ("2-4", Say::No(desk.day(500))),
            ("2-5", Say::Yes),
            ("2-7", Say::Yes),
            ("2-11-server", Say::No(overdue)),
            ("2-12-terminal", Say::Yes),
        ],
    )
    .await?;
    desk.save(
        office,
        at(90, 13, 32),
        typed,
        &[(
            "2-11-server",
            Say::Remark("ログの保存期間を事業者に確認中(見本)"),
        )],
    )
    .await?;
    desk.save(director, at(210, 12, 40), typed, &[("3-1", Say::Yes)])
        .await?;
    desk.save(
        director,
        at(260, 19, 5),
        typed,
        &[
            ("3-2", Say::No(desk.day(600))),
            ("3-3", Say::No(desk.later(75))),
        ],
    )
    .await?;
    desk.save(
        director,
        at(262, 19, 20),
        typed,
        &[(
            "3-3",
            Say::Remark("医師会のひな形をもとに作成を始めた(見本)"),
        )],
    )
    .await?;
    desk.save(
        office,
        at(430, 13, 5),
        typed,
        &[
            ("2-4", Say::Done),
            ("2-4", Say::Remark("管理者権限を2名に絞った(見本)")),
        ],
    )
    .await?;
    desk.save(
        office,
        at(610, 16, 45),
        typed,
        &[
            ("3-2", Say::Done),
            (
                "3-2",
                Say::Remark("外した媒体から予備機に戻せることを確かめた(見本)"),
            ),
        ],
    )
    .await?;
    desk.save(
        office,
        at(860, 13, 25),
        typed,
        &[(
            "2-11-server",
            Say::Remark("事業者の回答待ち。見積りは届いた(見本)"),
        )],
    )
    .await?;

    let today = desk.app.today();
    let last = Window::of(desk.year.previous(), None, today).map(|window| window.at(300));
    let old = last.unwrap_or_else(|| desk.day(0));
    desk.keep(&[
        (1, 0, Kept::on(old).noted("毎年4月に見直す(見本)")),
        (
            1,
            1,
            Kept::on(old)
                .until(days_after(today, 12))
                .noted("更新の案内が届いている(見本)"),
        ),
        (0, 11, Kept::on(old)),
        (1, 3, Kept::on(desk.day(430))),
        (
            1,
            6,
            Kept::on(desk.day(610)).noted("復旧にかかった時間は50分(見本)"),
        ),
        (0, 8, Kept::on(desk.day(320))),
        (1, 5, Kept::on(desk.day(95)).until(desk.year.next().end())),
    ])
    .await
}
