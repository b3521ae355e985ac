//! Packages of programming languages: what NVD calls them.

use super::{Ground, Product, Purl};
use crate::cpe::{Attribute, Name, Value};
use crate::model::Confidence;
use crate::versions::says_nothing;

/// A registry of packages of one language, or of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Ecosystem {
    /// JavaScript.
    Npm,
    /// Python.
    Pypi,
    /// Java and its kin.
    Maven,
    /// .NET.
    Nuget,
    /// Go.
    Golang,
    /// Rust.
    Cargo,
    /// Ruby.
    Gem,
    /// PHP.
    Composer,
}

impl Ecosystem {
    /// The registry of a type of package URLs.
    #[must_use]
    pub fn of_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "npm" => Self::Npm,
            "pypi" => Self::Pypi,
            "maven" => Self::Maven,
            "nuget" => Self::Nuget,
            "golang" => Self::Golang,
            "cargo" => Self::Cargo,
            "gem" => Self::Gem,
            "composer" => Self::Composer,
            _ => return None,
        })
    }

    /// How NVD names the language as the environment of a library, where it is of one mind.
    const fn target(self) -> Option<&'static str> {
        match self {
            Self::Npm => Some("node.js"),
            Self::Pypi => Some("python"),
            Self::Golang => Some("go"),
            Self::Cargo => Some("rust"),
            Self::Gem => Some("ruby"),
            // Of these, hardly one record in hundreds names a language.
            Self::Maven | Self::Nuget | Self::Composer => None,
        }
    }
}

/// Registry, package, and the products that it may be as (vendor, product).
type Known = (
    Ecosystem,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// Packages whose vendor or product at NVD is none that their own name tells. A name that ends with
/// `*` is a beginning. From the names of the NVD feeds and of the CPE dictionary.
const KNOWN: &[Known] = {
    use Ecosystem::{Cargo, Composer, Gem, Golang, Maven, Npm, Nuget, Pypi};
    &[
        (
            Npm,
            "express",
            &[("openjsf", "express"), ("expressjs", "express")],
        ),
        (Npm, "moment", &[("momentjs", "moment")]),
        (Npm, "minimist", &[("substack", "minimist")]),
        (Npm, "next", &[("vercel", "next.js")]),
        (Npm, "tar", &[("npmjs", "tar"), ("tar_project", "tar")]),
        (Npm, "npm", &[("npmjs", "npm")]),
        (Npm, "ws", &[("ws_project", "ws")]),
        (Npm, "marked", &[("marked_project", "marked")]),
        (
            Npm,
            "sanitize-html",
            &[
                ("apostrophecms", "sanitize-html"),
                ("punkave", "sanitize-html"),
            ],
        ),
        (Npm, "tough-cookie", &[("salesforce", "tough-cookie")]),
        (
            Npm,
            "angular",
            &[("angularjs", "angular.js"), ("google", "angularjs")],
        ),
        (Npm, "jquery-ui", &[("jqueryui", "jquery_ui")]),
        (Npm, "bootstrap", &[("getbootstrap", "bootstrap")]),
        (Npm, "handlebars", &[("handlebarsjs", "handlebars")]),
        (Npm, "pg", &[("node-postgres", "pg")]),
        (Npm, "vue", &[("vuejs", "vue")]),
        (Pypi, "django", &[("djangoproject", "django")]),
        (Pypi, "flask", &[("palletsprojects", "flask")]),
        (
            Pypi,
            "jinja2",
            &[("palletsprojects", "jinja"), ("pocoo", "jinja2")],
        ),
        (Pypi, "werkzeug", &[("palletsprojects", "werkzeug")]),
        (Pypi, "requests", &[("python", "requests")]),
        (Pypi, "urllib3", &[("python", "urllib3")]),
        (Pypi, "pillow", &[("python", "pillow")]),
        (Pypi, "setuptools", &[("python", "setuptools")]),
        (Pypi, "pip", &[("pypa", "pip")]),
        (Pypi, "cryptography", &[("cryptography.io", "cryptography")]),
        (Pypi, "pyyaml", &[("pyyaml", "pyyaml")]),
        (Pypi, "lxml", &[("lxml", "lxml")]),
        (Pypi, "torch", &[("linuxfoundation", "pytorch")]),
        (Pypi, "tensorflow", &[("google", "tensorflow")]),
        (Pypi, "apache-airflow", &[("apache", "airflow")]),
        (Pypi, "ansible", &[("redhat", "ansible")]),
        (
            Maven,
            "org.apache.logging.log4j/log4j-core",
            &[("apache", "log4j")],
        ),
        (Maven, "log4j/log4j", &[("apache", "log4j")]),
        (
            Maven,
            "org.apache.struts/struts2-core",
            &[("apache", "struts")],
        ),
        (Maven, "org.apache.tomcat*", &[("apache", "tomcat")]),
        (Maven, "org.apache.shiro/*", &[("apache", "shiro")]),
        (
            Maven,
            "org.apache.activemq/activemq-*",
            &[("apache", "activemq")],
        ),
        (
            Maven,
            "commons-fileupload/commons-fileupload",
            &[("apache", "commons_fileupload")],
        ),
        (
            Maven,
            "commons-collections/commons-collections",
            &[("apache", "commons_collections")],
        ),
        (Maven, "commons-io/commons-io", &[("apache", "commons_io")]),
        (
            Maven,
            "org.apache.httpcomponents/httpclient",
            &[("apache", "httpclient")],
        ),
        (
            Maven,
            "org.springframework.boot/spring-boot*",
            &[("vmware", "spring_boot")],
        ),
        (
            Maven,
            "org.springframework.security/spring-security-*",
            &[
                ("vmware", "spring_security"),
                ("pivotal_software", "spring_security"),
            ],
        ),
        (
            Maven,
            "org.springframework/spring-*",
            &[
                ("vmware", "spring_framework"),
                ("pivotal_software", "spring_framework"),
            ],
        ),
        (
            Maven,
            "com.fasterxml.jackson.core/jackson-databind",
            &[("fasterxml", "jackson-databind")],
        ),
        (Maven, "ch.qos.logback/logback-*", &[("qos", "logback")]),
        (Maven, "com.google.guava/guava", &[("google", "guava")]),
        (
            Maven,
            "com.google.protobuf/protobuf-java",
            &[("google", "protobuf-java")],
        ),
        (Maven, "com.h2database/h2", &[("h2database", "h2")]),
        (Maven, "com.alibaba/fastjson", &[("alibaba", "fastjson")]),
        (
            Maven,
            "com.thoughtworks.xstream/xstream",
            &[("xstream_project", "xstream"), ("xstream", "xstream")],
        ),
        (Maven, "io.netty/netty-*", &[("netty", "netty")]),
        (
            Maven,
            "io.undertow/undertow-core",
            &[("redhat", "undertow")],
        ),
        (Maven, "io.dropwizard/*", &[("dropwizard", "dropwizard")]),
        (Maven, "org.eclipse.jetty/*", &[("eclipse", "jetty")]),
        (Maven, "org.eclipse.jetty.http2/*", &[("eclipse", "jetty")]),
        (Maven, "org.dom4j/dom4j", &[("dom4j_project", "dom4j")]),
        (
            Maven,
            "org.yaml/snakeyaml",
            &[("snakeyaml_project", "snakeyaml")],
        ),
        (
            Maven,
            "org.postgresql/postgresql",
            &[("postgresql", "postgresql_jdbc_driver")],
        ),
        (
            Maven,
            "mysql/mysql-connector-java",
            &[
                ("oracle", "mysql_connector\\/j"),
                ("oracle", "mysql_connectors"),
            ],
        ),
        (
            Maven,
            "org.hibernate/hibernate-core",
            &[("hibernate", "hibernate_orm")],
        ),
        (
            Maven,
            "org.hibernate/hibernate-validator",
            &[("redhat", "hibernate_validator")],
        ),
        (
            Maven,
            "org.bouncycastle/bcprov-*",
            &[
                (
                    "bouncycastle",
                    "legion-of-the-bouncy-castle-java-crytography-api",
                ),
                ("bouncycastle", "bouncy_castle_for_java"),
            ],
        ),
        (Nuget, "newtonsoft.json", &[("newtonsoft", "json.net")]),
        (Nuget, "log4net", &[("apache", "log4net")]),
        (Nuget, "microsoft.*", &[("microsoft", "{}")]),
        (Nuget, "system.*", &[("microsoft", "{}")]),
        (Golang, "golang.org/x/*", &[("golang", "{}")]),
        (
            Golang,
            "github.com/docker/docker",
            &[("docker", "docker"), ("mobyproject", "moby")],
        ),
        (
            Golang,
            "github.com/containerd/containerd",
            &[("linuxfoundation", "containerd")],
        ),
        (
            Golang,
            "github.com/opencontainers/runc",
            &[("linuxfoundation", "runc")],
        ),
        (Golang, "k8s.io/kubernetes", &[("kubernetes", "kubernetes")]),
        (
            Golang,
            "go.etcd.io/etcd",
            &[("redhat", "etcd"), ("etcd", "etcd")],
        ),
        (
            Cargo,
            "openssl",
            &[
                ("sfackler", "openssl"),
                ("rust-openssl_project", "rust-openssl"),
            ],
        ),
        (
            Cargo,
            "tokio",
            &[("tokio", "tokio"), ("tokio_project", "tokio")],
        ),
        (Cargo, "smallvec", &[("servo", "smallvec")]),
        (
            Gem,
            "rails",
            &[("rubyonrails", "rails"), ("rubyonrails", "ruby_on_rails")],
        ),
        (
            Gem,
            "actionpack",
            &[("rubyonrails", "rails"), ("rubyonrails", "actionpack")],
        ),
        (Gem, "rack", &[("rack", "rack"), ("rack_project", "rack")]),
        (Gem, "nokogiri", &[("nokogiri", "nokogiri")]),
        (
            Composer,
            "symfony/*",
            &[("sensiolabs", "symfony"), ("sensiolabs", "{}")],
        ),
        (
            Composer,
            "laravel/framework",
            &[("laravel", "laravel"), ("laravel", "framework")],
        ),
        (Composer, "guzzlehttp/guzzle", &[("guzzlephp", "guzzle")]),
        (Composer, "guzzlehttp/psr7", &[("guzzlephp", "psr-7")]),
        (
            Composer,
            "phpmailer/phpmailer",
            &[("phpmailer_project", "phpmailer")],
        ),
        (
            Composer,
            "swiftmailer/swiftmailer",
            &[("swiftmailer", "swiftmailer")],
        ),
        (
            Composer,
            "twig/twig",
            &[("symfony", "twig"), ("sensiolabs", "twig")],
        ),
        (
            Composer,
            "monolog/monolog",
            &[("monolog_project", "monolog")],
        ),
    ]
};

/// Packages that only carry the name of the framework that they extend: what the table says of a
/// beginning does not hold for them.
const NOT_MEANT: &[&str] = &[
    "org.springframework.security/",
    "org.springframework.boot/",
    "org.apache.tomcat/annotations-api",
    "symfony/polyfill",
    "symfony/flex",
    "symfony/contracts",
];

/// What NVD may call a package, the surest first.
pub(super) fn products(ecosystem: Ecosystem, purl: &Purl, version: Option<&str>) -> Vec<Product> {
    let name = purl.name.to_lowercase();
    let namespace = purl.namespace.to_lowercase();
    let full = match (ecosystem, &*namespace) {
        (_, "") => name.clone(),
        // pkg:golang writes modules and the packages in them alike.
        _ => format!("{namespace}/{name}"),
    };
    let mut found: Vec<Product> = Vec::new();
    let mut put = |vendor: &str, product: &str, score, at_most, ground| {
        if vendor.is_empty() || product.is_empty() {
            return;
        }
        let mut name = Name::product('a', vendor, product);
        if let Some(target) = ecosystem.target() {
            name.set(Attribute::TargetSw, Value::text(target));
        }
        if let Some(version) = version.filter(|version| !says_nothing(version)) {
            name = name.with_version(plain_version(ecosystem, version));
        }
        if !found.iter().any(|known| known.name == name) {
            found.push(Product {
                name,
                at_most,
                score,
                ground,
            });
        }
    };
    let known = KNOWN.iter().find(|(of, pattern, _)| {
        *of == ecosystem
            && match pattern.strip_suffix('*') {
                Some(beginning) => {
                    full.starts_with(beginning)
                        && !NOT_MEANT
                            .iter()
                            .any(|not| full.starts_with(not) && !pattern.starts_with(not))
                }
                None => full == *pattern,
            }
    });
    if let Some((_, _, targets)) = known {
        for (vendor, product) in *targets {
            let product = product.replace("{}", &name).replace('\\', "");
            put(vendor, &product, 90, Confidence::Exact, Ground::Alias);
        }
        return found;
    }
    // Nobody knows it: NVD names libraries mostly after their owner or after themselves.
    let owner = match ecosystem {
        Ecosystem::Golang => namespace.rsplit('/').next().unwrap_or_default(),
        Ecosystem::Maven => match namespace.strip_prefix("org.apache.") {
            Some(_) => "apache",
            None => namespace.split('.').nth(1).unwrap_or_default(),
        },
        _ => namespace.trim_start_matches('@'),
    };
    put(owner, &name, 60, Confidence::Rough, Ground::Similar);
    put(&name, &name, 60, Confidence::Rough, Ground::Similar);
    put(
        &format!("{name}_project"),
        &name,
        60,
        Confidence::Rough,
        Ground::Similar,
    );
    found
}

/// The version without what only the registry adds.
fn plain_version(ecosystem: Ecosystem, version: &str) -> &str {
    let version = match ecosystem {
        Ecosystem::Golang | Ecosystem::Composer => version.strip_prefix('v').unwrap_or(version),
        _ => version,
    };
    version.strip_suffix("+incompatible").unwrap_or(version)
}
