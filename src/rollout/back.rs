//! This module returns to the baseline's generation.

use super::baseline::{current, numbers};
use super::calls::{self, Places};
use super::error::RolloutError;
use super::state::{Back, State};
use super::system::{Call, System, stamp};
use crate::text::{one_line, place};

/// The commands that lead back, found by looking at the generations; none where the machine is back already.
pub fn back_steps(system: &dyn System, places: &Places, state: &State) -> Result<Vec<Call>, RolloutError> {
    let base = state.baseline.as_ref().ok_or_else(|| {
        RolloutError::usage(
            "rollout back: there is no baseline to go back to; `nixos-rebuild switch --rollback` goes back one generation",
        )
    })?;
    let wanted = base.generation.ok_or_else(|| {
        RolloutError::usage(
            "rollout back: the baseline knows no generation number; `nixos-rebuild switch --rollback` goes back one generation",
        )
    })?;
    let listed = system.output(&calls::generations(places)).map_err(|why| {
        RolloutError::failed(format!(
            "rollout back: {why}; choose generation {wanted} in the boot menu instead"
        ))
    })?;
    let all = numbers(&listed);
    let now = current(&listed);
    if !all.contains(&wanted) {
        return Err(RolloutError::usage(format!(
            "rollout back: generation {wanted} is gone from {}; choose another in the boot menu, or set hwtune.enable = false \
             and rebuild",
            place(&places.profile)
        )));
    }
    if now == Some(wanted) {
        let running = system.resolve(&places.system).is_ok_and(|p| p.display().to_string() == base.system);
        return Ok(if running { Vec::new() } else { vec![calls::activate(places)] });
    }
    let before = all.iter().filter(|n| now.is_some_and(|now| **n < now)).max();
    Ok(match before == Some(&wanted) {
        true => vec![calls::rollback()],
        false => vec![calls::generation(places, wanted), calls::activate(places)],
    })
}

/// Goes back. `save` is called before the first command and after the last: what was interrupted is seen, and running it
/// again finishes it.
pub fn back(
    system: &dyn System,
    places: &Places,
    state: &mut State,
    save: &mut dyn FnMut(&State) -> Result<(), RolloutError>,
) -> Result<Vec<Call>, RolloutError> {
    let steps = back_steps(system, places, state)?;
    let commands: Vec<String> = steps.iter().map(Call::to_string).collect();
    if !steps.is_empty() {
        state.back = Some(Back { at: stamp(system.now()), complete: false, commands: commands.clone() });
        save(state)?;
    }
    for call in &steps {
        system.output(call).map_err(|why| {
            RolloutError::failed(format!(
                "rollout back: `{call}`: {why}; run it by hand as root, or choose the older generation in the boot menu"
            ))
        })?;
    }
    let Some(base) = &state.baseline else { return Ok(steps) };
    let running = system.resolve(&places.system).map(|p| p.display().to_string());
    if !base.system.is_empty() && running.as_ref().is_ok_and(|now| *now != base.system) {
        return Err(RolloutError::failed(format!(
            "rollout back: {} is {}, not the baseline's {}; reboot and choose that generation in the boot menu",
            place(&places.system),
            one_line(&running.unwrap_or_default()),
            one_line(&base.system)
        )));
    }
    match &mut state.back {
        Some(back) => back.complete = true,
        None => state.back = Some(Back { at: stamp(system.now()), complete: true, commands }),
    }
    save(state)?;
    Ok(steps)
}
