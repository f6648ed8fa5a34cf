package nanochat.train;

import java.util.List;
import java.util.stream.IntStream;
import nanochat.eval.PassAt;

/// What a model made of held-out problems.
///
/// @param problems that were asked
/// @param passAt for k = 1, 2, ... answers to a problem the chance that one of them is right ([PassAt])
/// @param reward mean over all answers
public record PassScores(int problems, List<Double> passAt, double reward) {
    public PassScores {
        passAt = List.copyOf(passAt);
    }

    static PassScores of(List<RolloutGroup> groups, int samples) {
        List<Double> passAt = IntStream.rangeClosed(1, samples)
                .mapToObj(k -> groups.stream().mapToDouble(group -> PassAt.estimate(samples, group.solved(), k)).average().orElse(0))
                .toList();
        double reward = groups.stream().flatMap(group -> group.worth().stream()).mapToDouble(worth -> worth.reward()).average().orElse(0);
        return new PassScores(groups.size(), passAt, reward);
    }
}
