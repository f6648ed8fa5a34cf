package nanochat.train;

import java.util.List;
import java.util.Optional;
import nanochat.objective.PolicyStatistics;

/// What one step of reinforcement learning showed.
///
/// @param reward mean over the answers, before any penalty
/// @param solved share of the answers that are right
/// @param length mean, in tokens, tool results included
/// @param entropy mean over the tokens that the model chose of the entropy of what it chose from, in nats
/// @param divergence how far the model has moved from the one it began with, in nats a token; measured on one micro-batch, or on all where the distance costs
/// something; empty where the step had nothing to teach
/// @param withoutSignal share of the groups whose answers were all worth the same
/// @param ratio mean over the step's updates of probabilities when trained by those when drawn
/// @param clipped share of the tokens whose ratio was out of bounds, of all updates
/// @param logProbabilityGap between the engine and the training pass, mean over the tokens of the first update, in nats
/// @param largestLogProbabilityGap the largest of those
/// @param groups that were asked, replaced ones included
/// @param skipped problems that leave no room for an answer
/// @param trainedRows answers that were learned from: those with an advantage
/// @param tokens that the model wrote, tool results included
/// @param rolloutSeconds from taking over the weights to the last reward
/// @param updateSeconds spent on learning from the answers
public record RolloutMetrics(double reward, double solved, double length, double entropy, Optional<Double> divergence, double withoutSignal,
        double ratio, double clipped, double logProbabilityGap, double largestLogProbabilityGap, int groups, int skipped, int trainedRows,
        long tokens, double rolloutSeconds, double updateSeconds) {
    static RolloutMetrics of(CollectedRollouts collected, List<PolicyStatistics> updates, int trainedRows, double updateSeconds) {
        List<RolloutGroup> groups = collected.asked();
        long answers = groups.stream().mapToLong(group -> group.answers().size()).sum();
        long tokens = groups.stream().flatMap(group -> group.answers().stream()).mapToLong(answer -> answer.tokens().length).sum();
        long chosen = groups.stream().flatMap(group -> group.answers().stream()).mapToLong(RolloutGroup::chosen).sum();
        double entropy = 0;
        for (RolloutGroup group : groups) {
            for (var answer : group.answers()) {
                for (float each : answer.trace().orElseThrow().entropies()) {
                    entropy += each;
                }
            }
        }
        Optional<PolicyStatistics> first = updates.stream().findFirst();
        return new RolloutMetrics(
                groups.stream().flatMap(group -> group.worth().stream()).mapToDouble(worth -> worth.reward()).average().orElse(0),
                groups.stream().mapToInt(RolloutGroup::solved).sum() / (double) answers, (double) tokens / answers,
                entropy / Math.max(1, chosen), first.flatMap(PolicyStatistics::divergence),
                groups.stream().mapToDouble(group -> group.hasSignal() ? 0 : 1).average().orElse(0),
                updates.stream().mapToDouble(PolicyStatistics::ratio).average().orElse(1),
                updates.stream().mapToDouble(PolicyStatistics::clipped).average().orElse(0),
                first.map(PolicyStatistics::gap).orElse(0.0), first.map(PolicyStatistics::largestGap).orElse(0.0), groups.size(),
                collected.skipped(), trainedRows, tokens, collected.seconds(), updateSeconds);
    }
}
