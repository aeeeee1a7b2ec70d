//! The `detect` command.

use super::common::{Common, Format};
use super::document::Document;
use super::output::{self, Stop};
use super::terminal::{Paper, WHOLE};
use super::{exit, explain, forms, named};
use hwtune::catalogue::{self, Catalogue};
use hwtune::host::{self, Detected, Xcr0};
use hwtune::profile::{self, Profile, Reasons};
use hwtune::toolchain::{self, Compiler, MarchChoice, Survey, ToolchainError};
use hwtune::tune::unmeasured;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A dump of the largest machine has a few MiB.
const MAX_BYTES: u64 = 64 << 20;

/// Show which CPU this host has, and which flags each compiler should get for it
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Read a CPUID dump instead of this host: InstLatx64/AIDA64 text, `cpuid -r`, libcpuid, hwloc; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "cpuinfo")]
    cpuid_dump: Option<PathBuf>,
    /// Read a /proc/cpuinfo (x86, AArch64, RISC-V, POWER, LoongArch) instead of this host; `-` is standard input
    #[arg(long, value_name = "FILE")]
    cpuinfo: Option<PathBuf>,
    /// What the dump's system enables: a value of XCR0, `supported` (all the CPU has) or `inferred` (by leaf 0xD's sizes)
    #[arg(long, value_name = "N|inferred|supported", default_value = "supported", requires = "cpuid_dump")]
    xcr0: String,
    /// Answer for a compiler that is not installed, such as gcc@12 (12.1, the oldest of them) or clang@16.0.6; repeatable or with
    /// commas
    #[arg(long = "for", value_name = "COMPILER@VERSION")]
    spec: Vec<String>,
    /// Tell rule by rule why, and where others differ
    #[arg(long)]
    explain: bool,
    /// Ask no installed compiler
    #[arg(long)]
    no_toolchains: bool,
    /// Ask the compilers again instead of remembering what they said
    #[arg(long)]
    no_cache: bool,
    /// Name of the host in the profile that --format toml writes [default: the host's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// With --format toml, add a section for this package with what the CPU alone suggests, marked as not measured;
    /// repeatable or with commas
    #[arg(long, value_name = "PACKAGE")]
    unmeasured: Vec<String>,
    /// Print the JSON Schema of --format json instead
    #[arg(long)]
    schema: bool,
}

/// One compiler's answer and, where it is installed, the compiler.
pub struct Told {
    /// The compiler asked.
    pub compiler: Option<Compiler>,
    /// Its answer.
    pub choice: MarchChoice,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    if args.schema {
        forms::json_only(common, "detect --schema", "a JSON Schema is JSON")?;
        output::answer(common, hwtune::schema::DETECT)?;
        return Ok(exit::OK);
    }
    toolchain::use_cache(!args.no_cache);
    let live = args.cpuid_dump.is_none() && args.cpuinfo.is_none();
    // Who the compilers are does not depend on the host: both are found out at once.
    let (survey, detected) = match live && !(args.no_toolchains && common.cc.is_none()) {
        true => {
            let (survey, detected) = toolchain::survey_beside(common.cc.as_deref(), || detect(args));
            (Some(survey), detected)
        }
        false => (None, detect(args)),
    };
    let mut detected = detected?;
    if let Some(name) = &args.name {
        detected.host.name = hwtune::text::host_name(name);
    }
    let told = told(args, common, &detected, live, survey)?;
    let text = match common.format {
        Format::Json => Document::new(&detected, &told).to_json()?,
        Format::Toml => profile::to_toml(&as_profile(args, common, &detected, &told)?)?,
        Format::Human => {
            let paper = Paper::of(common);
            let short = paper.width.is_some() && common.verbose == 0;
            explain::human(&detected, &told, &explain::Wanted { explain: args.explain, live, short }, &paper)
        }
    };
    output::screenful(common, &text)?;
    if args.explain && common.format != Format::Human && !common.quiet {
        let wanted = explain::Wanted { explain: true, live, short: false };
        let reasons = explain::reasons(&detected, &told, &wanted, &WHOLE);
        reasons.lines().for_each(|line| output::note(common, line));
    }
    Ok(exit::OK)
}

fn detect(args: &Args) -> anyhow::Result<Detected> {
    let xcr0: Xcr0 = args.xcr0.parse()?;
    let detected = match (&args.cpuid_dump, &args.cpuinfo) {
        (Some(path), _) => {
            let (bytes, place) = read(path)?;
            host::replay(&bytes, &place, xcr0)?
        }
        (None, Some(path)) => {
            let (bytes, place) = read(path)?;
            host::cpuinfo(&bytes, &place)?
        }
        (None, None) => host::live()?,
    };
    Ok(detected)
}

/// The bytes of a file, of standard input, or of a folder of hwloc's files, and what to call them.
fn read(path: &Path) -> anyhow::Result<(Vec<u8>, String)> {
    let stdin = path == Path::new("-");
    let place = if stdin { "standard input".to_string() } else { hwtune::text::place(path) };
    let failed = |cause: String| host::HostError::Read { place: place.clone(), cause };
    let sources: Vec<PathBuf> = if !stdin && path.is_dir() { folder(path) } else { vec![path.into()] };
    let several = sources.len() > 1;
    let mut bytes = Vec::new();
    for source in sources {
        let left = MAX_BYTES + 1 - (bytes.len() as u64).min(MAX_BYTES);
        let is_file = !stdin && std::fs::metadata(&source).map_err(|e| failed(e.to_string()))?.is_file();
        // Whole and unchanged where it is a file; what another program says is read to its end.
        if is_file {
            bytes.extend(hwtune::files::bytes(&source, MAX_BYTES).map_err(failed)?);
        } else {
            let open: Box<dyn Read> = match stdin {
                true => Box::new(std::io::stdin().lock()),
                false => Box::new(std::fs::File::open(&source).map_err(|e| failed(e.to_string()))?),
            };
            open.take(left).read_to_end(&mut bytes).map_err(|e| failed(e.to_string()))?;
        }
        if bytes.len() as u64 > MAX_BYTES {
            break;
        }
        // A file alone is read as it is: how it ends tells whether it is whole.
        if several {
            bytes.push(b'\n');
        }
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(failed("larger than 64 MiB, no dump is".into()).into());
    }
    Ok((bytes, place))
}

/// hwloc's `pu0`, `pu1`, … of a folder, in their order.
fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let number = |name: &str| name.strip_prefix("pu").and_then(|n| n.parse::<u32>().ok());
    let mut files: Vec<(u32, PathBuf)> =
        entries.filter_map(|e| Some((number(&e.file_name().to_string_lossy())?, e.path()))).collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

/// What the installed compilers say, then the tables for those asked for with --for. That no compiler is installed, or that
/// one has no answer, keeps nobody from the host's facts; a compiler asked for by name must answer.
fn told(
    args: &Args,
    common: &Common,
    detected: &Detected,
    live: bool,
    survey: Option<Result<Survey, ToolchainError>>,
) -> anyhow::Result<Vec<Told>> {
    let mut told = Vec::new();
    let here = std::env::consts::ARCH;
    let foreign = detected.arch != here && !(here == "x86_64" && detected.arch == "i686");
    if foreign && !args.no_toolchains && common.cc.is_none() {
        output::note(
            common,
            &format!("no compiler was asked: those here compile for {here}, not {}", detected.arch),
        );
    }
    let compilers = match (foreign, &common.cc) {
        // A cross compiler does not run on the CPU that it is asked about, and need not.
        (true, Some(cc)) => vec![Compiler::ask(cc)?],
        (true, None) => Vec::new(),
        (false, None) if args.no_toolchains => Vec::new(),
        (false, _) => match survey.unwrap_or_else(|| toolchain::survey(common.cc.as_deref())) {
            Ok(survey) => {
                if common.verbose > 0 {
                    survey.notes.iter().for_each(|line| output::note(common, line));
                }
                survey.compilers
            }
            Err(error @ ToolchainError::None { .. }) if common.cc.is_none() => {
                output::note(common, &error.to_string());
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        },
    };
    let answers = toolchain::decide_all(detected, &compilers, live);
    for (compiler, answer) in compilers.into_iter().zip(answers) {
        match answer {
            Ok(mut choice) => {
                // The compiler was asked, but not on the CPU that it is asked about.
                choice.verified &= live;
                told.push(Told { compiler: Some(compiler), choice });
            }
            Err(error) if common.cc.is_none() => output::note(common, &format!("left out: {error}")),
            Err(error) => return Err(error.into()),
        }
    }
    for spec in &named::list(&args.spec) {
        let choice = toolchain::decide_for(detected, spec).map_err(|e| Stop::usage(e.to_string()))?;
        told.push(Told { compiler: None, choice });
    }
    Ok(told)
}

/// A whole profile in which nothing was measured.
fn as_profile(args: &Args, common: &Common, detected: &Detected, told: &[Told]) -> anyhow::Result<Profile> {
    let toolchain = |told: &Told| profile::Toolchain {
        id: format!("{}-{}", told.choice.compiler, told.choice.version),
        compiler: told.choice.compiler.clone(),
        version: told.choice.version.clone(),
        // A compiler that is not here is taken to be the CPU's own.
        target: told.compiler.as_ref().map_or(format!("{}-linux-gnu", detected.arch), |c| c.target.clone()),
        sha256: told.compiler.as_ref().map(|c| c.sha256().to_string()).unwrap_or_default(),
        march: told.choice.march.clone(),
        mtune: told.choice.mtune.clone(),
        add: told.choice.add.clone(),
        drop: told.choice.drop.clone(),
        inert: told.choice.inert.clone(),
        verified: told.choice.verified,
    };
    let mut profile = Profile {
        schema: profile::SCHEMA,
        fingerprint: String::new(),
        digest: String::new(),
        complete: true,
        host: detected.host.clone(),
        system: detected.system.clone(),
        names: detected.names.clone(),
        toolchain: told.iter().map(toolchain).collect(),
        reasons: Reasons {
            host: detected.reasons.clone(),
            toolchain: told.iter().map(|t| (toolchain(t).id, t.choice.reasons.clone())).collect(),
        },
        measurement: None,
        package: Default::default(),
        kernel: Default::default(),
    };
    profile.fingerprint = profile::fingerprint(&profile);
    if args.unmeasured.is_empty() {
        return Ok(profile);
    }
    let first =
        told.first().ok_or_else(|| Stop::usage("--unmeasured: no compiler to answer; add --for gcc@14"))?;
    let id = profile.toolchain.first().map(|t| t.id.clone()).unwrap_or_default();
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    for name in &named::list(&args.unmeasured) {
        let known = || catalogue.packages.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let package = catalogue.packages.get(name).ok_or_else(|| {
            Stop::usage(format!("--unmeasured {name}: no such package; known are {}", known()))
        })?;
        let mut section = unmeasured(&catalogue, package, &id, &first.choice);
        section.base.retain(|flag| catalogue::has_flag(&detected.arch, flag).unwrap_or(true));
        profile.package.insert(name.clone(), section);
    }
    Ok(profile)
}
