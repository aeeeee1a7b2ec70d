//! The fingerprint of a profile shows whether it describes this host, and its digest whether it is what hwtune wrote. They are
//! no signatures: who changes a profile on purpose can take a new one, and all that is believed is checked against the
//! profile's own rows all the same.

use super::{Profile, ProfileError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// `sha256:` and 64 hexadecimal digits over the stable part: host, toolchain and names as compact JSON with
/// sorted keys. Two profiles of the same host and compilers have the same one, whatever was measured.
pub fn fingerprint(profile: &Profile) -> String {
    // serde_json's map is ordered by key, so the bytes do not depend on the order of the fields.
    let stable: Value = json!({
        "host": profile.host, "toolchain": profile.toolchain, "names": profile.names,
    });
    let digest = Sha256::digest(stable.to_string().as_bytes());
    format!("sha256:{}", crate::text::hex(&digest))
}

/// `sha256:` and 64 hexadecimal digits over the whole document but this key, as compact JSON with sorted keys.
pub fn digest(profile: &Profile) -> String {
    let bare = Profile { digest: String::new(), ..profile.clone() };
    // serde_json's map is ordered by key.
    let text = serde_json::to_value(&bare).map(|value| value.to_string()).unwrap_or_default();
    format!("sha256:{}", crate::text::hex(&Sha256::digest(text.as_bytes())))
}

/// Refuses a profile that was changed after hwtune wrote it. One without a digest was written by hand, or by an older
/// version: then its fingerprint alone has to be that of its host.
pub fn sealed(profile: &Profile) -> Result<(), ProfileError> {
    let changed =
        |what: &str| Err(ProfileError::Changed { place: profile.host.name.clone(), what: what.into() });
    match &profile.digest {
        own if !own.is_empty() && *own != digest(profile) => changed("the text"),
        _ if profile.fingerprint != fingerprint(profile) => changed("host, toolchain or names"),
        _ => Ok(()),
    }
}
