package nanochat.train;

import java.util.Optional;
import nanochat.data.TrainingPosition;
import nanochat.objective.PreferenceStatistics;

/// Where a run that learns from preferences is beside its weights.
///
/// @param source the fingerprint of the pairs
/// @param epoch counted from 1
/// @param next the pair of the epoch's order to learn from next
/// @param before what validation showed before the first step
/// @param now the same when it was last made
public record PreferencePosition(String source, int epoch, int next, Optional<PreferenceStatistics> before,
        Optional<PreferenceStatistics> now) implements TrainingPosition {
    static PreferencePosition beginning(String source) {
        return new PreferencePosition(source, 1, 0, Optional.empty(), Optional.empty());
    }

    /// After one more pair was taken.
    PreferencePosition passed(int size) {
        boolean last = next == size - 1;
        return new PreferencePosition(source, last ? epoch + 1 : epoch, last ? 0 : next + 1, before, now);
    }

    PreferencePosition judged(PreferenceStatistics found) {
        return new PreferencePosition(source, epoch, next, before.or(() -> Optional.of(found)), Optional.of(found));
    }
}
