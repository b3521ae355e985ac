//! The hospital: four people work on the sheet over months. Everything is answered; the chart of
//! contacts was not confirmed this year, which contradicts a はい, and one disclosure has expired.

use yagura_checklists::model::ChangeSource;
use yagura_kernel::time::Instant;

use super::{Desk, Kept, Say};
use crate::DemonstrationError;
use crate::random::{Window, days_after};

pub(super) async fn tell(desk: &Desk<'_>) -> Result<(), DemonstrationError> {
    let manager = desk.person(0)?;
    let operator = desk.person(2)?;
    let planner = desk.person(4)?;
    let at = |thousandths, hour, minute| Instant::from_jst(desk.day(thousandths), hour, minute);
    let typed = &ChangeSource::Typed;
    let table = &ChangeSource::QuickTable;

    desk.take_drafts(
        manager,
        at(0, 10, 10),
        &["1-1", "2-1", "2-2", "2-7", "2-8", "3-1", "4-1"],
    )
    .await?;
    desk.save(
        planner,
        at(60, 14, 0),
        table,
        &[
            ("2-3", Say::No(desk.day(400))),
            ("2-4", Say::Yes),
            ("2-5", Say::No(desk.day(350))),
            ("3-2", Say::Yes),
            ("3-3", Say::Yes),
        ],
    )
    .await?;
    desk.save(
        operator,
        at(110, 9, 40),
        table,
        &[
            ("2-6", Say::No(desk.day(820))),
            ("2-9", Say::Yes),
            ("2-10", Say::No(desk.later(110))),
            ("2-11-server", Say::Yes),
            ("2-12-server", Say::Yes),
            ("2-12-terminal", Say::No(desk.day(600))),
            ("2-13-network", Say::Yes),
        ],
    )
    .await?;
    desk.save(
        operator,
        at(112, 17, 30),
        typed,
        &[(
            "2-10",
            Say::Remark("電子カルテ端末120台から順に導入する(見本)"),
        )],
    )
    .await?;
    desk.save(
        planner,
        at(330, 11, 20),
        typed,
        &[
            ("2-5", Say::Done),
            ("2-5", Say::Remark("退職者14名分を無効化した(見本)")),
        ],
    )
    .await?;
    desk.save(
        planner,
        at(410, 15, 50),
        typed,
        &[
            ("2-3", Say::Done),
            ("2-3", Say::Remark("6社すべてから受け取った(見本)")),
        ],
    )
    .await?;
    desk.save(
        operator,
        at(590, 18, 10),
        typed,
        &[
            ("2-12-terminal", Say::Done),
            ("2-12-terminal", Say::Remark("遠隔操作の常駐を止めた(見本)")),
        ],
    )
    .await?;
    desk.save(
        operator,
        at(700, 9, 15),
        typed,
        &[(
            "2-6",
            Say::Remark("検査部門の2台は事業者の適合確認を待つ(見本)"),
        )],
    )
    .await?;
    desk.save(
        manager,
        at(830, 16, 0),
        typed,
        &[(
            "2-6",
            Say::Remark("残り2台。夜間に適用する日を調整中(見本)"),
        )],
    )
    .await?;
    desk.confirm(manager, 835).await?;

    let today = desk.app.today();
    let last = Window::of(desk.year.previous(), None, today);
    let old = |thousandths| last.map_or_else(|| desk.day(0), |window| window.at(thousandths));
    desk.keep(&[
        (
            2,
            0,
            Kept::on(old(120)).noted("機器 1,240 台。四半期ごとに更新(見本)"),
        ),
        (4, 1, Kept::on(old(60)).until(desk.year.end())),
        (
            4,
            2,
            Kept::on(old(200))
                .until(days_after(today, -18))
                .noted("新しい版を依頼中(見本)"),
        ),
        (4, 3, Kept::on(desk.day(330))),
        (4, 4, Kept::on(old(500)).noted("年1回の訓練で見直す(見本)")),
        (0, 5, Kept::on(old(640))),
        (2, 6, Kept::on(desk.day(240))),
        (2, 9, Kept::on(desk.day(520))),
        (2, 10, Kept::on(desk.day(150)).until(days_after(today, 24))),
        (
            0,
            8,
            Kept::on(desk.day(450)).noted("全職員 812 名のうち 790 名が受講(見本)"),
        ),
        (0, 11, Kept::on(old(0))),
    ])
    .await
}
