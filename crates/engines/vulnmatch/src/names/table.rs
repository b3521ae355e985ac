//! Names as people write them: our own table, from products that hospitals run.

/// A product with its writings.
pub(super) struct Alias {
    /// Writings; half and full width, case, spaces, punctuation and long vowel marks do not count.
    pub(super) written: &'static [&'static str],
    /// What it is.
    pub(super) targets: &'static [Target],
}

/// A product that an alias means.
pub(super) struct Target {
    pub(super) part: char,
    pub(super) vendor: &'static str,
    /// `{}` stands for the model or year behind the name.
    pub(super) product: &'static str,
    /// How much less sure than the alias itself.
    pub(super) less: u8,
    /// Whether what stands behind the name is a version.
    pub(super) versioned: bool,
}

const fn target(
    part: char,
    vendor: &'static str,
    product: &'static str,
    less: u8,
    versioned: bool,
) -> Target {
    Target {
        part,
        vendor,
        product,
        less,
        versioned,
    }
}

/// Vendors as they are written in front of products, with their CPE names.
pub(super) const VENDORS: &[(&str, &str)] = &[
    ("fortinet", "fortinet"),
    ("フォーティネット", "fortinet"),
    ("microsoft", "microsoft"),
    ("マイクロソフト", "microsoft"),
    ("ms", "microsoft"),
    ("oracle", "oracle"),
    ("オラクル", "oracle"),
    ("日本オラクル", "oracle"),
    ("サン・マイクロシステムズ", "sun"),
    ("vmware", "vmware"),
    ("ヴイエムウェア", "vmware"),
    ("ヴィエムウェア", "vmware"),
    ("broadcom", "vmware"),
    ("cisco", "cisco"),
    ("シスコ", "cisco"),
    ("シスコシステムズ", "cisco"),
    ("citrix", "citrix"),
    ("シトリックス", "citrix"),
    ("paloalto", "paloaltonetworks"),
    ("palo alto networks", "paloaltonetworks"),
    ("パロアルト", "paloaltonetworks"),
    ("パロアルトネットワークス", "paloaltonetworks"),
    ("sonicwall", "sonicwall"),
    ("ソニックウォール", "sonicwall"),
    ("ivanti", "ivanti"),
    ("イバンティ", "ivanti"),
    ("pulse secure", "pulsesecure"),
    ("apache", "apache"),
    ("アパッチ", "apache"),
    ("google", "google"),
    ("グーグル", "google"),
    ("adobe", "adobe"),
    ("アドビ", "adobe"),
    ("juniper", "juniper"),
    ("ジュニパー", "juniper"),
    ("ジュニパーネットワークス", "juniper"),
    ("dell", "dell"),
    ("デル", "dell"),
    ("apc", "apc"),
    ("schneider electric", "schneider-electric"),
    ("シュナイダーエレクトリック", "schneider-electric"),
    ("trend micro", "trendmicro"),
    ("トレンドマイクロ", "trendmicro"),
    ("red hat", "redhat"),
    ("レッドハット", "redhat"),
    ("claris", "claris"),
    ("f5", "f5"),
    ("synology", "synology"),
    ("mozilla", "mozilla"),
    ("キヤノン", "canon"),
    ("リコー", "ricoh"),
    ("富士フイルム", "fujifilm"),
    ("ヤマハ", "yamaha"),
    ("日本電気", "nec"),
    ("富士通", "fujitsu"),
    ("シーメンス", "siemens"),
    ("フィリップス", "philips"),
    ("バッファロー", "buffalo"),
];

/// The table.
pub(super) const ALIASES: &[Alias] = &[
    Alias {
        written: &["fortigate", "フォーティゲート", "フォーティーゲート"],
        targets: &[
            target('h', "fortinet", "fortigate-{}", 0, false),
            target('o', "fortinet", "fortios", 5, false),
        ],
    },
    Alias {
        written: &["fortios"],
        targets: &[target('o', "fortinet", "fortios", 0, true)],
    },
    Alias {
        written: &["fortiproxy"],
        targets: &[target('a', "fortinet", "fortiproxy", 0, true)],
    },
    Alias {
        written: &["fortimanager"],
        targets: &[
            target('a', "fortinet", "fortimanager", 0, true),
            target('o', "fortinet", "fortimanager", 5, true),
        ],
    },
    Alias {
        written: &["fortianalyzer"],
        targets: &[
            target('a', "fortinet", "fortianalyzer", 0, true),
            target('o', "fortinet", "fortianalyzer", 5, true),
        ],
    },
    Alias {
        written: &["forticlient", "フォーティクライアント"],
        targets: &[target('a', "fortinet", "forticlient", 0, true)],
    },
    Alias {
        written: &["fortiweb"],
        targets: &[target('a', "fortinet", "fortiweb", 0, true)],
    },
    Alias {
        written: &[
            "windows server",
            "ウィンドウズサーバー",
            "ウインドウズサーバー",
        ],
        targets: &[target('o', "microsoft", "windows_server_{}", 0, false)],
    },
    Alias {
        written: &["windows", "ウィンドウズ", "ウインドウズ"],
        targets: &[target('o', "microsoft", "windows_{}", 0, false)],
    },
    Alias {
        written: &["sql server", "sqlサーバー", "エスキューエルサーバー"],
        targets: &[target('a', "microsoft", "sql_server", 0, true)],
    },
    Alias {
        written: &["exchange server", "エクスチェンジサーバー"],
        targets: &[target('a', "microsoft", "exchange_server", 0, true)],
    },
    Alias {
        written: &["internet explorer", "インターネットエクスプローラー"],
        targets: &[target('a', "microsoft", "internet_explorer", 0, true)],
    },
    Alias {
        written: &["microsoft office", "マイクロソフトオフィス", "ms office"],
        targets: &[target('a', "microsoft", "office", 0, true)],
    },
    Alias {
        written: &["oracle database", "オラクルデータベース", "oracle db"],
        targets: &[target('a', "oracle", "database_server", 0, true)],
    },
    Alias {
        written: &["weblogic", "ウェブロジック"],
        targets: &[target('a', "oracle", "weblogic_server", 0, true)],
    },
    Alias {
        written: &["mysql", "マイエスキューエル"],
        targets: &[target('a', "oracle", "mysql", 0, true)],
    },
    Alias {
        written: &["java se", "jre", "ジャバ"],
        targets: &[
            target('a', "oracle", "jre", 0, true),
            target('a', "oracle", "jdk", 10, true),
        ],
    },
    Alias {
        written: &["jdk"],
        targets: &[target('a', "oracle", "jdk", 0, true)],
    },
    Alias {
        written: &["esxi", "イーエスエックスアイ"],
        targets: &[target('o', "vmware", "esxi", 0, true)],
    },
    Alias {
        written: &["vcenter", "ブイセンター"],
        targets: &[target('a', "vmware", "vcenter_server", 0, true)],
    },
    Alias {
        written: &["vmware horizon"],
        targets: &[target('a', "vmware", "horizon", 0, true)],
    },
    Alias {
        written: &["pulse connect secure", "パルスコネクトセキュア"],
        targets: &[
            target('a', "pulsesecure", "pulse_connect_secure", 0, true),
            target('a', "ivanti", "connect_secure", 3, true),
        ],
    },
    Alias {
        written: &["ivanti connect secure", "イバンティコネクトセキュア"],
        targets: &[target('a', "ivanti", "connect_secure", 0, true)],
    },
    Alias {
        written: &["netscaler gateway"],
        targets: &[target('a', "citrix", "netscaler_gateway", 0, true)],
    },
    Alias {
        written: &[
            "netscaler",
            "ネットスケーラー",
            "citrix adc",
            "シトリックスadc",
        ],
        targets: &[
            target(
                'a',
                "citrix",
                "netscaler_application_delivery_controller",
                0,
                true,
            ),
            target(
                'o',
                "citrix",
                "application_delivery_controller_firmware",
                5,
                true,
            ),
        ],
    },
    Alias {
        written: &["sonicwall", "ソニックウォール"],
        targets: &[target('o', "sonicwall", "sonicos", 20, true)],
    },
    Alias {
        written: &["sonicos"],
        targets: &[target('o', "sonicwall", "sonicos", 0, true)],
    },
    Alias {
        written: &["sonicwall sma", "sma100", "sma 200", "sma 400"],
        targets: &[target('o', "sonicwall", "sma_100_firmware", 10, true)],
    },
    Alias {
        written: &["pan-os", "パンオーエス"],
        targets: &[target('o', "paloaltonetworks", "pan-os", 0, true)],
    },
    Alias {
        written: &["globalprotect", "グローバルプロテクト"],
        targets: &[target('a', "paloaltonetworks", "globalprotect", 0, true)],
    },
    Alias {
        written: &["cisco asa", "シスコasa"],
        targets: &[
            target('h', "cisco", "asa_{}", 0, false),
            target(
                'o',
                "cisco",
                "adaptive_security_appliance_software",
                5,
                false,
            ),
        ],
    },
    Alias {
        written: &["cisco ios xe", "シスコios xe"],
        targets: &[target('o', "cisco", "ios_xe", 0, true)],
    },
    Alias {
        written: &["cisco ios", "シスコios"],
        targets: &[target('o', "cisco", "ios", 0, true)],
    },
    Alias {
        written: &["catalyst", "カタリスト"],
        targets: &[
            target('h', "cisco", "catalyst_{}", 0, false),
            target('o', "cisco", "ios_xe", 15, false),
        ],
    },
    Alias {
        written: &["anyconnect", "エニーコネクト"],
        targets: &[target(
            'a',
            "cisco",
            "anyconnect_secure_mobility_client",
            0,
            true,
        )],
    },
    Alias {
        written: &[
            "apache http server",
            "アパッチhttpサーバー",
            "httpd",
            "apache2",
        ],
        targets: &[target('a', "apache", "http_server", 0, true)],
    },
    Alias {
        written: &["apache tomcat", "tomcat", "トムキャット"],
        targets: &[target('a', "apache", "tomcat", 0, true)],
    },
    Alias {
        written: &["apache log4j", "log4j"],
        targets: &[target('a', "apache", "log4j", 0, true)],
    },
    Alias {
        written: &["apache struts", "struts", "ストラッツ"],
        targets: &[target('a', "apache", "struts", 0, true)],
    },
    Alias {
        written: &["openssl", "オープンエスエスエル"],
        targets: &[target('a', "openssl", "openssl", 0, true)],
    },
    Alias {
        written: &["openssh"],
        targets: &[target('a', "openbsd", "openssh", 0, true)],
    },
    Alias {
        written: &["postgresql", "ポストグレス", "postgres"],
        targets: &[target('a', "postgresql", "postgresql", 0, true)],
    },
    Alias {
        written: &["samba", "サンバ"],
        targets: &[target('a', "samba", "samba", 0, true)],
    },
    Alias {
        written: &[
            "red hat enterprise linux",
            "rhel",
            "レッドハットエンタープライズリナックス",
        ],
        targets: &[target('o', "redhat", "enterprise_linux", 0, true)],
    },
    Alias {
        written: &["ubuntu", "ウブントゥ"],
        targets: &[target('o', "canonical", "ubuntu_linux", 0, true)],
    },
    Alias {
        written: &["debian"],
        targets: &[target('o', "debian", "debian_linux", 0, true)],
    },
    Alias {
        written: &["centos", "セントオーエス"],
        targets: &[target('o', "centos", "centos", 0, true)],
    },
    Alias {
        written: &["junos", "ジュノス"],
        targets: &[target('o', "juniper", "junos", 0, true)],
    },
    Alias {
        written: &["big-ip", "ビッグアイピー"],
        targets: &[
            target('a', "f5", "big-ip_local_traffic_manager", 10, true),
            target('a', "f5", "big-ip_access_policy_manager", 12, true),
        ],
    },
    Alias {
        written: &["google chrome", "グーグルクローム", "chrome"],
        targets: &[target('a', "google", "chrome", 0, true)],
    },
    Alias {
        written: &["firefox", "ファイアフォックス"],
        targets: &[target('a', "mozilla", "firefox", 0, true)],
    },
    Alias {
        written: &["acrobat reader", "アクロバットリーダー", "adobe reader"],
        targets: &[target('a', "adobe", "acrobat_reader", 0, true)],
    },
    Alias {
        written: &["7-zip", "セブンジップ"],
        targets: &[target('a', "7-zip", "7-zip", 0, true)],
    },
    Alias {
        written: &["teamviewer", "チームビューワー"],
        targets: &[target('a', "teamviewer", "teamviewer", 0, true)],
    },
    Alias {
        written: &["filemaker", "ファイルメーカー"],
        targets: &[
            target('a', "claris", "filemaker_pro", 0, true),
            target('a', "filemaker", "filemaker_pro", 5, true),
        ],
    },
    Alias {
        written: &["cache database", "インターシステムズキャシェ"],
        targets: &[target('a', "intersystems", "cache", 0, true)],
    },
    Alias {
        written: &["idrac"],
        targets: &[target('o', "dell", "idrac{}_firmware", 0, false)],
    },
    Alias {
        written: &["qnap", "キューナップ"],
        targets: &[target('o', "qnap", "qts", 20, true)],
    },
    Alias {
        written: &["diskstation", "synology dsm", "シノロジー"],
        targets: &[target('o', "synology", "diskstation_manager", 5, true)],
    },
    Alias {
        written: &[
            "network management card",
            "nmc2",
            "smart-ups ネットワークカード",
        ],
        targets: &[
            target('o', "apc", "network_management_card_2_firmware", 15, true),
            target(
                'o',
                "schneider-electric",
                "network_management_card_2_firmware",
                15,
                true,
            ),
        ],
    },
    Alias {
        written: &["trend micro apex one", "apex one", "エイペックスワン"],
        targets: &[target('a', "trendmicro", "apex_one", 0, true)],
    },
    Alias {
        written: &["ウイルスバスターコーポレートエディション", "officescan"],
        targets: &[target('a', "trendmicro", "officescan", 0, true)],
    },
    Alias {
        written: &["veeam", "ヴィーム"],
        targets: &[target('a', "veeam", "veeam_backup_&_replication", 5, true)],
    },
];
