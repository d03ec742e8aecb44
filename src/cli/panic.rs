//! What is said of a panic: where it was, and nothing of what it was about, for that may be a patient's words.

/// From now on a panic tells its place alone.
pub(super) fn tells_its_place_alone() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "a place unknown".to_owned(), ToString::to_string);
        if tracing::dispatcher::has_been_set() {
            tracing::error!(place, "panicked");
        } else {
            eprintln!("tandem panicked at {place}");
        }
    }));
}
