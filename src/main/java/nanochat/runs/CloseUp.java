package nanochat.runs;

import java.util.Map;

/// Curves of a part of a run, of which more can be seen than in those of the whole run.
///
/// @param after it begins after this step
/// @param upTo it ends with this step
/// @param tracks by type of line; none where there is no more to see, or the part is too long to be read again
public record CloseUp(String name, int after, int upTo, Map<String, Track.Part> tracks) {}
