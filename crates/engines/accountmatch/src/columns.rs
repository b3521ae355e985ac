//! Which column of a table means what.
//!
//! [`Mapping::suggest`] understands the usual headings; a person confirms or changes it, and it
//! is kept for the next export of the same form.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::problem::ReadError;
use crate::table::Sheet;
use crate::text;

/// A meaning that a column can have.
pub trait Field: Copy + Ord + 'static {
    /// Every meaning.
    const ALL: &'static [Self];
    /// Code that stays the same in storage and in the API.
    fn code(self) -> &'static str;
    /// Headings that mean this, the usual first; compared by letters and digits only.
    fn headings(self) -> &'static [&'static str];

    /// The headings in the form in which they are compared.
    fn folded() -> &'static [(Self, Vec<String>)]
    where
        Self: Sized;

    /// The meaning with this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.code() == code)
    }
}

macro_rules! fields {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal [$($heading:literal),* $(,)?],)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl Field for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
            fn headings(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($heading,)*],)* }
            }
            fn folded() -> &'static [(Self, Vec<String>)] {
                static FOLDED: LazyLock<Vec<($name, Vec<String>)>> = LazyLock::new(|| {
                    let fold = |field: &$name| {
                        let words = field.headings().iter().map(|usual| text::word(usual));
                        (*field, words.collect())
                    };
                    $name::ALL.iter().map(fold).collect()
                });
                &FOLDED
            }
        }
    };
}

fields! {
    /// What a column of a staff list means.
    StaffField {
        /// Staff number.
        Number = "number" ["職員番号", "職員コード", "職員ID", "職員No", "社員番号", "社員コード", "社員ID", "従業員番号", "従業員コード", "個人番号コード", "個人コード", "人事番号", "番号", "コード", "Employee ID", "Employee Number", "EmployeeNo", "Staff ID", "Staff Number"],
        /// Full name.
        Name = "name" ["氏名", "職員氏名", "漢字氏名", "氏名漢字", "社員名", "従業員名", "職員名", "名前", "姓名", "お名前", "本名", "Name", "Full Name", "Display Name"],
        /// Family name.
        FamilyName = "family_name" ["姓", "苗字", "名字", "氏", "姓漢字", "Last Name", "Family Name", "Surname"],
        /// Given name.
        GivenName = "given_name" ["名", "名漢字", "First Name", "Given Name"],
        /// Reading in kana.
        Kana = "kana" ["フリガナ", "ふりがな", "カナ氏名", "氏名カナ", "氏名フリガナ", "カナ", "読み", "よみがな", "ヨミガナ", "氏名かな", "Kana", "Reading"],
        /// Reading of the family name.
        FamilyKana = "family_kana" ["セイ", "姓カナ", "姓フリガナ", "カナ姓", "せい"],
        /// Reading of the given name.
        GivenKana = "given_kana" ["メイ", "名カナ", "名フリガナ", "カナ名", "めい"],
        /// Department.
        Department = "department" ["所属", "所属部署", "部署", "部署名", "所属名", "部門", "診療科", "病棟", "所属コード名", "課", "Department", "Division", "Section"],
        /// Profession.
        Profession = "profession" ["職種", "職種名", "資格", "職種区分", "Profession", "Job"],
        /// Position.
        Position = "position" ["役職", "役職名", "職位", "職名", "Title", "Position"],
        /// First day.
        Joined = "joined" ["入職日", "入社日", "採用日", "採用年月日", "入職年月日", "着任日", "雇用開始日", "Hire Date", "Start Date", "Joined"],
        /// Last day.
        Left = "left" ["退職日", "退社日", "退職年月日", "離職日", "退職予定日", "雇用終了日", "契約満了日", "End Date", "Termination Date", "Left"],
        /// Kind of employment.
        Employment = "employment" ["雇用区分", "雇用形態", "勤務形態", "契約区分", "在籍区分", "常勤非常勤", "Employment Type", "Status"],
        /// Former family name.
        FormerName = "former_name" ["旧姓", "旧氏名", "旧姓氏名", "旧名", "Maiden Name", "Former Name"],
        /// Mail address.
        Mail = "mail" ["メール", "メールアドレス", "Eメール", "E-mail", "Email", "Mail", "Mail Address"],
        /// User name.
        UserName = "user_name" ["ユーザーID", "ユーザID", "利用者ID", "ログインID", "アカウント", "アカウント名", "User ID", "Login", "User Name", "Account"],
    }
}

fields! {
    /// What a column of an account export means.
    AccountField {
        /// User name.
        Id = "id" ["利用者ID", "ユーザーID", "ユーザID", "ログインID", "利用者コード", "ユーザーコード", "ユーザコード", "アカウント", "アカウント名", "ログイン名", "職員ID", "ユーザー名", "ID", "User ID", "UserID", "User Name", "Login", "Account", "sAMAccountName", "uid"],
        /// Name shown.
        Name = "name" ["氏名", "利用者名", "利用者氏名", "ユーザー氏名", "ユーザ名称", "ユーザー名称", "漢字氏名", "氏名漢字", "名前", "表示名", "職員氏名", "Name", "Full Name", "Display Name"],
        /// Reading in kana.
        Kana = "kana" ["フリガナ", "ふりがな", "カナ氏名", "氏名カナ", "カナ", "利用者名カナ", "Kana"],
        /// Staff number.
        StaffNumber = "staff_number" ["職員番号", "職員コード", "社員番号", "従業員番号", "人事番号", "Employee ID", "Employee Number", "Staff Number"],
        /// Mail address.
        Mail = "mail" ["メール", "メールアドレス", "E-mail", "Email", "Mail"],
        /// Department.
        Department = "department" ["所属", "所属部署", "部署", "部署名", "診療科", "病棟", "所属科", "Department"],
        /// Note.
        Description = "description" ["備考", "説明", "メモ", "コメント", "Description", "Note", "Comment"],
        /// Whether it can be used: 有効/無効, 使用中/停止, TRUE/FALSE, 1/0.
        Enabled = "enabled" ["有効", "有効区分", "使用区分", "利用区分", "状態", "ステータス", "有効フラグ", "使用可否", "アカウント状態", "Enabled", "Status", "Active"],
        /// Whether it is stopped: the opposite.
        Disabled = "disabled" ["無効", "停止", "停止フラグ", "無効フラグ", "利用停止", "使用停止", "削除フラグ", "無効区分", "停止区分", "Disabled", "Locked", "Deleted"],
        /// Last sign-in.
        LastSignIn = "last_sign_in" ["最終ログイン", "最終ログイン日時", "最終ログイン日", "最終利用日", "最終使用日", "最終アクセス", "最終アクセス日時", "最終サインイン", "Last Login", "Last Logon", "Last Sign In", "LastLogonDate"],
        /// When the password was set.
        PasswordSet = "password_set" ["パスワード変更日", "パスワード最終変更日", "パスワード更新日", "パスワード設定日", "PW変更日", "パスワード変更日時", "Password Last Set", "Password Changed"],
        /// Whether the password never expires.
        PasswordNeverExpires = "password_never_expires" ["パスワード無期限", "パスワードを無期限にする", "パスワード期限なし", "Password Never Expires"],
        /// When the account begins.
        Created = "created" ["登録日", "作成日", "利用開始日", "有効開始日", "適用開始日", "開始日", "Created", "Start Date"],
        /// When the account ends.
        Expires = "expires" ["有効期限", "利用期限", "有効終了日", "利用終了日", "適用終了日", "終了日", "期限", "失効日", "Expires", "Expiry", "End Date", "Account Expires"],
        /// Groups and roles.
        Groups = "groups" ["権限", "権限グループ", "権限名", "グループ", "ロール", "役割", "職種", "職種権限", "利用権限", "アクセス権限", "権限区分", "Groups", "Role", "Roles", "Group", "Permission", "Permissions", "MemberOf"],
        /// Whether it has administrator rights.
        Privileged = "privileged" ["管理者", "管理者権限", "管理者区分", "管理者フラグ", "システム管理者", "特権", "Admin", "Administrator", "Is Admin"],
        /// Person, service, shared.
        Kind = "kind" ["種別", "アカウント種別", "利用者区分", "ユーザー区分", "ユーザー種別", "Kind", "Type", "Account Type"],
        /// Whether wrong passwords lock.
        Lockout = "lockout" ["ロックアウト", "ロックアウト設定", "アカウントロック", "Lockout"],
    }
}

/// What the columns of a table mean: heading as written → code of the field. Headings that are
/// not named mean nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub BTreeMap<String, String>);

impl Mapping {
    /// What the headings mean by their words. Two columns never get one meaning: the first that
    /// fits best has it.
    #[must_use]
    pub fn suggest<F: Field>(headings: &[String]) -> Self {
        let mut meanings = BTreeMap::new();
        let mut taken: Vec<usize> = Vec::new();
        let folded: Vec<String> = headings.iter().map(|heading| text::word(heading)).collect();
        for exact in [true, false] {
            for (field, usual) in F::folded() {
                if meanings.values().any(|code| code == field.code()) {
                    continue;
                }
                let found = usual.iter().find_map(|usual| {
                    // A short word is part of too many others.
                    let long = usual.chars().count() >= if usual.is_ascii() { 6 } else { 3 };
                    folded.iter().enumerate().position(|(index, heading)| {
                        !taken.contains(&index)
                            && if exact {
                                heading == usual
                            } else {
                                long && heading.contains(usual)
                            }
                    })
                });
                if let Some(index) = found
                    && let Some(heading) = headings.get(index)
                    && !heading.is_empty()
                    && !meanings.contains_key(heading)
                {
                    taken.push(index);
                    meanings.insert(heading.clone(), field.code().to_owned());
                }
            }
        }
        Self(meanings)
    }

    /// How many of the cells are understood as headings.
    #[must_use]
    pub fn understood<F: Field>(cells: &[String]) -> usize {
        cells
            .iter()
            .map(|cell| text::word(cell))
            .filter(|word| {
                !word.is_empty() && F::folded().iter().any(|(_, usual)| usual.contains(word))
            })
            .count()
    }

    /// Number of the column with each meaning; the first of headings that stand twice.
    pub(crate) fn positions<F: Field>(&self, headings: &[String]) -> BTreeMap<F, usize> {
        let mut positions = BTreeMap::new();
        for (index, heading) in headings.iter().enumerate() {
            if let Some(field) = self.0.get(heading).and_then(|code| F::from_code(code)) {
                positions.entry(field).or_insert(index);
            }
        }
        positions
    }
}

/// The error for a meaning that no column has.
pub(crate) fn missing<F: Field>(sheet: &Sheet, field: F) -> ReadError {
    let seen: Vec<String> = sheet
        .headings
        .iter()
        .filter(|heading| !heading.is_empty())
        .take(30)
        .map(|heading| text::excerpt(heading))
        .collect();
    ReadError::MissingColumn {
        sheet: sheet.name.clone(),
        column: field.code().to_owned(),
        usual: field
            .headings()
            .iter()
            .take(4)
            .copied()
            .collect::<Vec<_>>()
            .join(", "),
        seen: seen.join(", "),
    }
}
