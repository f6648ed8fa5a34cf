package nanochat.objective;

/// What a step of learning in the space of representations found (docs/objectives.md#jepa).
///
/// @param loss 1 minus the agreement of prediction and target, in the mean over hidden positions: 1 for a model that says the same everywhere
/// @param variance of the teacher's representation over the positions of a batch, in the mean over channels: 0 when it has collapsed, at most 1
public record RepresentationStatistics(double loss, double variance) {
    /// Below this there is nothing left that could tell positions apart.
    private static final double LEAST_VARIANCE = 0.01;

    public boolean collapsed() {
        return variance < LEAST_VARIANCE;
    }
}
