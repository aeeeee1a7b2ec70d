//! This module asks Nix whether a configuration declares and enables hwtune's options, and for which programs.

use super::system::{Call, System};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Evaluating a whole configuration takes a while, and downloads what its flake has not got yet.
const SECONDS: u64 = 900;

/// A function of the configuration and the host; what it gives is JSON, and nothing is built.
const EXPRESSION: &str = r#"
{ flake, path, host }:
let
  seen = name: e:
    let
      h = e.config.hwtune or null;
      o = e.options.hwtune.enable or { };
      files = list: map toString (if builtins.isList list then list else [ ]);
    in
    {
      inherit name;
      declared = h != null;
      enabled = if h == null then false else h.enable or false;
      declarations = files (o.declarations or [ ]);
      definitions = files (o.files or [ ]);
      consumers = if h == null then null else h.consumers or null;
    };
  all = (builtins.getFlake path).nixosConfigurations or { };
  names = if all ? ${host} then [ host ] else builtins.attrNames all;
in
if flake == "yes" then
  map (name: seen name all.${name}) names
else
  [ (seen host (import <nixpkgs/nixos> { configuration = /. + path; })) ]
"#;

/// One configuration as evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Evaluated {
    /// Its name among the flake's, or the host's.
    pub name: String,
    /// Whether hwtune's options are there.
    pub declared: bool,
    /// `hwtune.enable`.
    pub enabled: bool,
    /// Files that declare it.
    pub declarations: Vec<PathBuf>,
    /// Files that set it.
    pub definitions: Vec<PathBuf>,
    /// `hwtune.consumers`, of the side route.
    pub consumers: Option<Vec<String>>,
}

/// Evaluates a flake's folder or a configuration's file for a host; the error is a reason, on one line.
pub fn evaluated(system: &dyn System, at: &Path, host: &str) -> Result<Vec<Evaluated>, String> {
    let kind = |name: &str| at.file_name().is_some_and(|n| n == name);
    let (flake, path) = match (kind("flake.nix"), kind("configuration.nix")) {
        (true, _) => ("yes", at.parent().unwrap_or(Path::new("/"))),
        (_, true) => ("no", at),
        _ => return Err("only a flake.nix or a configuration.nix is a whole system".into()),
    };
    let path = path.to_str().ok_or("its path is not UTF-8")?;
    let call = call(flake, path, host);
    let ran = system.run(&call)?;
    // Nix says at length where it was; why stands in the last line that begins so.
    let why = ran.stderr.lines().map(str::trim).rfind(|l| l.starts_with("error:")).map(crate::render::line);
    let text = ran.ok(&call).map_err(|short| why.map_or(short, |why| format!("nix-instantiate: {why}")))?;
    serde_json::from_str(&text).map_err(|e| format!("nix-instantiate: an answer that cannot be read: {e}"))
}

fn call(flake: &str, path: &str, host: &str) -> Call {
    let args = ["--eval", "--strict", "--json", "--option", "experimental-features", "nix-command flakes"];
    let more =
        ["-E", EXPRESSION, "--argstr", "flake", flake, "--argstr", "path", path, "--argstr", "host", host];
    Call { seconds: SECONDS, ..Call::new("nix-instantiate", &[&args[..], &more].concat()) }
}
