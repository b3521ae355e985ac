//! Measures the engine on the real data: `cargo run --release -p vulnmatch --example bench --
//! ../shared/data/vuln`. With names of parts behind the folder (`build`, `one`, `assets`, `new`, `day`)
//! only these are measured.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use vulnmatch::applicability::Outcome;
use vulnmatch::cpe::Name;
use vulnmatch::feeds::{self, Limits, nvd};
use vulnmatch::index::{Builder, Estate, Index, Layered, Scratch};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: bench <folder with nvd20/>")?;
    let parts: Vec<String> = std::env::args().skip(2).collect();
    if let [mark, index] = parts.as_slice()
        && mark == MEMORY
    {
        return memory(&Index::open(Path::new(index))?);
    }
    machine();
    let target = std::env::temp_dir().join(format!("vulnmatch-bench-{}.idx", std::process::id()));
    let outcome = run(&folder, &target, &parts);
    let _ = std::fs::remove_file(&target);
    outcome
}

/// Tells this program that it is to match names of its input and nothing else.
const MEMORY: &str = "--memory";

fn run(folder: &Path, target: &Path, parts: &[String]) -> Result<(), Box<dyn Error>> {
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    build(folder, target)?;
    if parts == ["build"] {
        return Ok(());
    }
    let names = names(folder)?;
    let index = open(target)?;
    if wanted("one") {
        let texts = one_name(&index, &names)?;
        engines_memory(folder, target, &texts)?;
    }
    if wanted("assets") {
        many_assets(&index, &names)?;
    }
    if wanted("new") {
        new_cve(folder, &names)?;
    }
    if wanted("day") {
        days_feed(folder, index, &names)?;
    }
    println!(
        "| peak memory of the process, bench included | {} MB |",
        status("VmHWM:") / 1024
    );
    Ok(())
}

/// CPU time of the process, user and system, in clock ticks of 10 ms.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = after
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// CPU time of the thread in nanoseconds, where the kernel tells it.
fn cpu_fine() -> Duration {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(cpu, Duration::from_nanos)
}

/// A line of /proc/self/status, in kB.
fn status(name: &str) -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|line| line.starts_with(name))
        .and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

fn machine() {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("machine: {model}, {cores} cores, load {}", load.trim());
    println!("| what | measured |\n|---|---|");
}

fn feed_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("nvd20"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            name.contains("nvdcve-2.0-20")
        })
        .collect();
    files.sort();
    Ok(files)
}

/// A small repeatable generator; its quality does not matter.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

/// Builds the index.
fn build(folder: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let files = feed_files(folder)?;
    let limits = Limits::default();
    let (begun, begun_cpu) = (Instant::now(), cpu_fine());
    let mut builder = Builder::new();
    let mut records = 0;
    for file in &files {
        records += nvd::compile(feeds::open(file)?, &limits, &mut builder)?.records;
    }
    let read = cpu_fine() - begun_cpu;
    let bytes = builder.write(target)?;
    let (wall, used) = (begun.elapsed(), cpu_fine() - begun_cpu);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = records as f64 / used.as_secs_f64();
    println!(
        "| index built from {} files, {records} CVE | {:.2} s CPU ({:.2} s of it reading), {:.2} s wall: {rate:.0} CVE per CPU second; {:.1} MB |",
        files.len(),
        used.as_secs_f64(),
        read.as_secs_f64(),
        wall.as_secs_f64(),
        bytes as f64 / 1e6,
    );
    Ok(())
}

/// The concrete names that the feeds contain.
fn names(folder: &Path) -> Result<Vec<Name>, Box<dyn Error>> {
    let mut names = std::collections::BTreeSet::new();
    for file in &feed_files(folder)? {
        nvd::read(feeds::open(file)?, &Limits::default(), &mut |record| {
            for condition in record.statement.iter().flat_map(|s| &s.configurations) {
                for criterion in condition.criteria() {
                    use vulnmatch::cpe::Attribute::{Update, Version};
                    let version = criterion.name.literal(Version);
                    if version.is_some() {
                        let mut name = criterion.name.clone();
                        if name.literal(Update).is_none() {
                            name.set(Update, vulnmatch::cpe::Value::Any);
                        }
                        names.insert(name);
                    }
                }
            }
        })?;
    }
    println!(
        "| distinct names with a version in the data | {} |",
        names.len()
    );
    Ok(names.into_iter().collect())
}

fn open(target: &Path) -> Result<Index, Box<dyn Error>> {
    let mut times: Vec<Duration> = Vec::new();
    let mut index = None;
    for _ in 0..21 {
        let begun = Instant::now();
        index = Some(Index::open(target)?);
        times.push(begun.elapsed());
    }
    println!(
        "| open and check the index, wall | {} |",
        percentiles(&mut times)
    );
    let index = index.ok_or("nothing opened")?;
    println!("| it holds | {:?} |", index.summary());
    Ok(index)
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |per_mille: usize| {
        times
            .get((times.len() * per_mille / 1000).min(times.len().saturating_sub(1)))
            .map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let unit = |micros: f64| {
        if micros >= 1000.0 {
            format!("{:.2} ms", micros / 1000.0)
        } else {
            format!("{micros:.1} µs")
        }
    };
    format!(
        "p50 {}, p90 {}, p99 {}, most {}",
        unit(at(500)),
        unit(at(900)),
        unit(at(990)),
        unit(at(1000))
    )
}

/// The memory of a process that has nothing but the engine: this program again, which is told the
/// names through a pipe.
fn engines_memory(folder: &Path, target: &Path, texts: &[String]) -> Result<(), Box<dyn Error>> {
    let mut child = std::process::Command::new(std::env::current_exe()?)
        .arg(folder)
        .arg(MEMORY)
        .arg(target)
        .stdin(std::process::Stdio::piped())
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        for text in texts {
            writeln!(pipe, "{text}")?;
        }
    }
    child.wait()?;
    Ok(())
}

fn memory(index: &Index) -> Result<(), Box<dyn Error>> {
    let mut scratch = Scratch::default();
    let mut most = 0;
    for line in std::io::stdin().lines() {
        let name = Name::parse_lenient(&line?)?;
        let mut found = 0;
        index.visit(&[&name], &mut scratch, &mut |_| found += 1);
        most = most.max(found);
    }
    println!(
        "| resident memory of a process that only matches these, one after the other | at most {} MB: the mapped file {} MB, the heap {} MB; up to {most} findings for one |",
        status("VmHWM:") / 1024,
        status("RssFile:") / 1024,
        status("RssAnon:") / 1024
    );
    Ok(())
}

fn one_name(index: &Index, names: &[Name]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut random = Random(7);
    let texts: Vec<String> = (0..10_000)
        .filter_map(|_| names.get(random.below(names.len())))
        .map(Name::to_string)
        .collect();
    let mut scratch = Scratch::default();
    let mut times = Vec::new();
    let mut best = Duration::MAX;
    let mut count = (0, 0);
    for _ in 0..3 {
        times.clear();
        count = (0, 0);
        let begun = cpu_fine();
        for text in &texts {
            let one = Instant::now();
            let name = Name::parse_lenient(text)?;
            index.visit(
                &[&name],
                &mut scratch,
                &mut |finding| match finding.outcome {
                    Outcome::Affected => count.0 += 1,
                    Outcome::AffectedIf(_) => count.1 += 1,
                },
            );
            times.push(one.elapsed());
        }
        best = best.min(cpu_fine() - begun);
    }
    println!(
        "| one CPE against everything, {} drawn from the data | {:.1} µs CPU each (wall {}); {} affected, {} affected if |",
        texts.len(),
        best.as_secs_f64() * 1e6 / texts.len() as f64,
        percentiles(&mut times),
        count.0,
        count.1,
    );
    let mut sum = 0u64;
    for text in &texts {
        let name = Name::parse_lenient(text)?;
        index.visit(&[&name], &mut scratch, &mut |finding| {
            let mut hasher = std::hash::DefaultHasher::new();
            format!("{text} {finding:?}").hash(&mut hasher);
            sum = sum.wrapping_add(hasher.finish());
        });
    }
    println!("| sum over all that was found, to compare versions of the engine | {sum:016x} |");
    Ok(texts)
}

fn many_assets(index: &Index, names: &[Name]) -> Result<(), Box<dyn Error>> {
    for (what, pool, kinds) in [
        (
            "every asset different, drawn from all names",
            names.len(),
            100_000,
        ),
        ("2,000 kinds of assets over 1,000 names", 1_000, 2_000),
    ] {
        let mut random = Random(11);
        let pool: Vec<&Name> = (0..pool)
            .filter_map(|_| names.get(random.below(names.len())))
            .collect();
        let sets: Vec<Vec<Name>> = (0..kinds)
            .map(|_| {
                (0..5)
                    .filter_map(|_| {
                        pool.get(random.below(pool.len()))
                            .map(|name| (*name).clone())
                    })
                    .collect()
            })
            .collect();
        let (begun, begun_cpu) = (Instant::now(), cpu());
        let mut estate = Estate::new();
        for asset in 0..100_000u64 {
            let number = match usize::try_from(asset) {
                Ok(number) if kinds == 100_000 => number,
                _ => random.below(sets.len()),
            };
            if let Some(set) = sets.get(number) {
                estate.put(asset, set);
            }
        }
        let filled = begun.elapsed();
        let sets: Vec<_> = estate.sets().collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let findings: u64 = std::thread::scope(|scope| {
            let workers: Vec<_> = sets
                .chunks(sets.len().div_ceil(cores).max(1))
                .map(|sets| {
                    let estate = &estate;
                    scope.spawn(move || {
                        let mut scratch = Scratch::default();
                        let mut findings = 0u64;
                        for set in sets {
                            let assets = estate.assets(*set).count() as u64;
                            let names: Vec<&Name> = estate.names(*set).collect();
                            index.visit(&names, &mut scratch, &mut |_| findings += assets);
                        }
                        findings
                    })
                })
                .collect();
            workers
                .into_iter()
                .filter_map(|worker| worker.join().ok())
                .sum()
        });
        println!(
            "| 100,000 assets × 5 products, {what} | {:.2} s wall ({:.2} s of it filling the estate), {:.2} s CPU; {} distinct sets, {findings} findings |",
            begun.elapsed().as_secs_f64(),
            filled.as_secs_f64(),
            (cpu() - begun_cpu).as_secs_f64(),
            estate.sets().count(),
        );
    }
    Ok(())
}

/// 4.8 million assets with five products each, of 100,000 kinds.
fn new_cve(folder: &Path, names: &[Name]) -> Result<(), Box<dyn Error>> {
    let mut random = Random(13);
    let pool: Vec<&Name> = (0..20_000)
        .filter_map(|_| names.get(random.below(names.len())))
        .collect();
    let kinds: Vec<Vec<Name>> = (0..100_000)
        .map(|_| {
            (0..5)
                .filter_map(|_| {
                    pool.get(random.below(pool.len()))
                        .map(|name| (*name).clone())
                })
                .collect()
        })
        .collect();
    let begun = Instant::now();
    let before = status("VmRSS:");
    let mut estate = Estate::new();
    for asset in 0..4_800_000u64 {
        if let Some(set) = kinds.get(random.below(kinds.len())) {
            estate.put(asset, set);
        }
    }
    println!(
        "| estate of the country: {} assets × 5, {} distinct sets | filled in {:.1} s wall, {} MB |",
        estate.len(),
        estate.sets().count(),
        begun.elapsed().as_secs_f64(),
        (status("VmRSS:").saturating_sub(before)) / 1024,
    );
    let mut statements = Vec::new();
    for file in feed_files(folder)?.iter().rev().take(2) {
        nvd::read(feeds::open(file)?, &Limits::default(), &mut |record| {
            statements.extend(record.statement);
        })?;
    }
    let mut times = Vec::new();
    let (mut touched_sets, mut assets) = (0usize, 0usize);
    let begun_cpu = cpu_fine();
    let sample: Vec<_> = (0..2_000)
        .filter_map(|_| statements.get(random.below(statements.len())))
        .collect();
    for statement in &sample {
        let begun = Instant::now();
        let touched = estate.touched_by(statement);
        let count: usize = touched.iter().map(|t| estate.assets(t.set).count()).sum();
        times.push(begun.elapsed());
        touched_sets += touched.len();
        assets += count;
    }
    println!(
        "| one new CVE against 24 million asset–products, {} real CVE of 2021 and 2025 | wall {}; {:.0} µs CPU each; {touched_sets} sets, {assets} assets touched in all |",
        sample.len(),
        percentiles(&mut times),
        (cpu_fine() - begun_cpu).as_secs_f64() * 1e6 / sample.len() as f64,
    );
    Ok(())
}

/// 300 changed CVE for 392 members with 255 assets each.
fn days_feed(folder: &Path, base: Index, names: &[Name]) -> Result<(), Box<dyn Error>> {
    let mut random = Random(17);
    let pool: Vec<&Name> = (0..5_000)
        .filter_map(|_| names.get(random.below(names.len())))
        .collect();
    let mut estate = Estate::new();
    for asset in 0..(392 * 255) {
        let set: Vec<Name> = (0..5)
            .filter_map(|_| {
                pool.get(random.below(pool.len()))
                    .map(|name| (*name).clone())
            })
            .collect();
        estate.put(asset, &set);
    }
    let mut statements = Vec::new();
    for file in feed_files(folder)?.iter().rev().take(2) {
        nvd::read(feeds::open(file)?, &Limits::default(), &mut |record| {
            statements.extend(record.statement);
        })?;
    }
    let day: Vec<_> = (0..300)
        .filter_map(|_| statements.get(random.below(statements.len())))
        .collect();
    let (begun, begun_cpu) = (Instant::now(), cpu_fine());
    let mut builder = Builder::for_delta();
    for statement in &day {
        builder.add(statement)?;
    }
    let delta = Index::from_bytes(builder.finish()?)?;
    let layered = Layered::new(std::sync::Arc::new(base), delta);
    let prepared = begun.elapsed();
    let sets = estate.sets_with(&layered.changed_products());
    let mut scratch = Scratch::default();
    let (mut of_delta, mut all) = (0, 0);
    for set in &sets {
        let assets = estate.assets(*set).count();
        of_delta += estate.findings(*set, layered.delta(), &mut scratch).len() * assets;
    }
    let of_changed = begun.elapsed();
    for set in &sets {
        all += estate.findings(*set, &layered, &mut scratch).len() * estate.assets(*set).count();
    }
    println!(
        "| a day's feed: 300 changed CVE, {} assets | delta built and put over the base in {:.3} s; {of_delta} findings of the changed CVE after {:.3} s; all {all} findings of the sets touched after {:.3} s wall, {:.3} s CPU; {} of {} sets |",
        estate.len(),
        prepared.as_secs_f64(),
        of_changed.as_secs_f64(),
        begun.elapsed().as_secs_f64(),
        (cpu_fine() - begun_cpu).as_secs_f64(),
        sets.len(),
        estate.sets().count(),
    );
    Ok(())
}
