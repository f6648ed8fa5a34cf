package nanochat.train;

import java.util.List;

/// The answers of a step.
///
/// @param asked all groups, in the order in which they were asked
/// @param learned those of them that the step learns from
/// @param position what is asked next
/// @param skipped problems that leave no room for an answer
/// @param seconds it took
record CollectedRollouts(List<RolloutGroup> asked, List<RolloutGroup> learned, RolloutPosition position, int skipped, double seconds) {
    CollectedRollouts {
        asked = List.copyOf(asked);
        learned = List.copyOf(learned);
    }
}
