//! Variant kanji of names: one representative for each group.
//!
//! Table of 2026-11-22, compiled by hand: the old forms that the 常用漢字表 (内閣告示, 2010) prints
//! in brackets beside the form in use and that occur in names (also 人名用漢字表 二, 戸籍法施行規則
//! 別表第二), and the frequent variants of family names beyond those (髙, 﨑, 邉, 𠮷, 濵 …). It has
//! not been compared with the MJ縮退マップ. Two names that are one in this table are only ever
//! *proposed* as one person; so a pair too many costs a question, not a wrong answer.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The representative first, then its variants.
const GROUPS: &[&str] = &[
    "高髙",
    "崎﨑嵜碕",
    "辺邊邉",
    "斎齋齊斉",
    "浜濱濵",
    "吉𠮷",
    "沢澤",
    "広廣",
    "国國",
    "島嶋嶌",
    "桜櫻",
    "竜龍",
    "滝瀧",
    "条條",
    "関關",
    "塩鹽",
    "万萬",
    "予豫",
    "与與",
    "両兩",
    "乗乘",
    "亀龜",
    "仏佛",
    "来來",
    "児兒",
    "円圓",
    "処處",
    "剣劍劔劒",
    "励勵",
    "労勞",
    "勧勸",
    "医醫",
    "区區",
    "厳嚴",
    "収收",
    "双雙",
    "台臺",
    "団團",
    "図圖",
    "圧壓",
    "尭堯",
    "増增",
    "壌壤",
    "壱壹",
    "売賣",
    "変變",
    "奥奧",
    "奨奬",
    "学學斈",
    "宝寶寳",
    "実實",
    "寛寬",
    "将將",
    "専專",
    "尽盡",
    "届屆",
    "岳嶽",
    "峡峽",
    "巌巖",
    "巣巢",
    "帰歸",
    "庁廳",
    "庄莊荘",
    "弁辨辯",
    "弥彌",
    "弾彈",
    "従從",
    "徳德",
    "徴徵",
    "応應",
    "恋戀",
    "恒恆",
    "恵惠",
    "悦悅",
    "悪惡",
    "慎愼",
    "戦戰",
    "戸戶",
    "払拂",
    "抜拔",
    "択擇",
    "担擔",
    "拝拜",
    "拠據",
    "拡擴",
    "挙擧",
    "挟挾",
    "揺搖",
    "摂攝",
    "撃擊",
    "教敎",
    "数數",
    "断斷",
    "旧舊",
    "昼晝",
    "晃晄",
    "晋晉",
    "暁曉",
    "暦曆",
    "曽曾",
    "会會",
    "傑杰",
    "枢樞",
    "栄榮",
    "桧檜",
    "検檢",
    "楽樂",
    "槙槇",
    "様樣",
    "権權",
    "横橫",
    "欧歐",
    "歓歡",
    "歩步",
    "歴歷",
    "歳歲",
    "残殘",
    "殻殼",
    "毎每",
    "気氣",
    "沖冲",
    "涙淚",
    "浄淨",
    "浅淺",
    "済濟",
    "渇渴",
    "渉涉",
    "渋澁澀",
    "渓溪",
    "湾灣",
    "満滿",
    "温溫",
    "滞滯",
    "潜潛",
    "瀬瀨",
    "焼燒",
    "為爲",
    "燈灯",
    "犠犧",
    "状狀",
    "独獨",
    "狭狹",
    "猟獵",
    "獣獸",
    "瑠璢",
    "瑶瑤",
    "畳疊",
    "当當",
    "発發",
    "真眞",
    "県縣",
    "砕碎",
    "研硏",
    "礼禮",
    "禄祿",
    "禅禪",
    "秘祕",
    "称稱",
    "稲稻",
    "穂穗",
    "穏穩",
    "穣穰",
    "窃竊",
    "並竝",
    "粋粹",
    "糸絲",
    "経經",
    "絵繪",
    "続續",
    "総總",
    "緑綠",
    "緒緖",
    "縁緣",
    "縄繩",
    "縦縱",
    "繊纖",
    "翠翆",
    "聡聰",
    "声聲",
    "聴聽",
    "粛肅",
    "胆膽",
    "脳腦",
    "舎舍",
    "船舩",
    "芸藝",
    "芦蘆",
    "茎莖",
    "荘莊",
    "萌萠",
    "蒋蔣",
    "蔵藏",
    "薫薰",
    "薮藪籔",
    "虎乕",
    "虚虛",
    "虫蟲",
    "蛍螢",
    "蝉蟬",
    "衛衞",
    "装裝",
    "覇霸",
    "覚覺",
    "観觀",
    "触觸",
    "訳譯",
    "証證",
    "誉譽",
    "読讀",
    "謡謠",
    "譲讓",
    "豊豐",
    "賢贒",
    "賛贊",
    "践踐",
    "転轉",
    "軽輕",
    "迪廸",
    "遅遲",
    "達逹",
    "遥遙",
    "郎郞",
    "郷鄕鄉",
    "醸釀",
    "釈釋",
    "野埜",
    "鉄鐵銕",
    "銭錢",
    "鋭銳",
    "錬鍊",
    "録錄",
    "鎮鎭",
    "閲閱",
    "闘鬪",
    "陥陷",
    "険險",
    "隠隱",
    "隣鄰",
    "随隨",
    "雑雜",
    "霊靈",
    "青靑",
    "静靜",
    "頼賴",
    "頬頰",
    "顕顯",
    "館舘",
    "駅驛",
    "駆驅",
    "騒騷",
    "験驗",
    "髪髮",
    "鯵鰺",
    "鶏鷄",
    "鷗鴎",
    "鹸鹼",
    "麦麥",
    "麹麴",
    "黄黃",
    "黒黑",
    "黙默",
    "点點",
    "歯齒",
    "齢齡",
    "桑桒",
    "柳栁桺",
    "梅楳",
    "柿柹",
    "村邨",
    "松枩",
    "橋槗",
    "淵渕",
    "潟泻",
    "熊熋",
    "畑畠",
    "留畄",
    "皐皋",
    "皓晧",
    "篠筱",
    "籠篭",
    "角⻆",
    "柏栢",
    "兎兔",
    "凛凜",
    "喜㐂",
    "壷壺",
    "姉姊",
    "娯娛",
    "尚尙",
    "彦彥",
    "桝枡",
    "清淸",
    "猪豬",
    "祢禰",
    "秋穐龝",
    "窪漥",
    "肇肈",
    "刈苅",
    "莱萊",
    "蓑簑",
    "体體躰",
    "轟軣",
    "辺邊",
    "雁鴈",
    "靭靱",
    "鶴靏靍鸖",
    "峰峯",
    "涼凉",
    "淳湻",
    "準凖",
    "舗舖",
    "富冨",
    "餅餠",
    "園薗",
    "窓窗",
    "修脩",
];

static REPRESENTATIVES: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut map: HashMap<char, char> = HashMap::new();
    for group in GROUPS {
        let mut letters = group.chars();
        let Some(first) = letters.next() else {
            continue;
        };
        // A letter of several groups joins them: the representative of the first holds for all.
        let root = map.get(&first).copied().unwrap_or(first);
        for letter in letters {
            if letter == root {
                continue;
            }
            let other = map.get(&letter).copied().unwrap_or(letter);
            if other != root {
                for value in map.values_mut() {
                    if *value == other {
                        *value = root;
                    }
                }
                map.insert(other, root);
            }
            map.insert(letter, root);
        }
        if first != root {
            map.insert(first, root);
        }
    }
    map
});

/// The letter that stands for this one and its variants.
#[must_use]
pub fn representative(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    REPRESENTATIVES.get(&letter).copied().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_a_group_has_one_representative() {
        for group in GROUPS {
            let found: Vec<char> = group.chars().map(representative).collect();
            assert!(
                found.windows(2).all(|pair| pair.first() == pair.last()),
                "{group}"
            );
        }
        for letter in REPRESENTATIVES.values() {
            assert_eq!(representative(*letter), *letter);
        }
    }

    #[test]
    fn names_apart_stay_apart() {
        for (one, other) in [
            ('田', '由'),
            ('大', '太'),
            ('伊', '井'),
            ('本', '元'),
            ('島', '鳥'),
        ] {
            assert_ne!(representative(one), representative(other));
        }
    }
}
