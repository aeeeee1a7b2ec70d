//! Digests by which it is seen that a profile is what hwtune wrote. They are no signatures: who changes a profile on purpose
//! can take a new one, and all that is believed is checked against the profile's own rows all the same.

use super::{Profile, ProfileError, fingerprint};
use sha2::{Digest, Sha256};

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
